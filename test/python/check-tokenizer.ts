import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { NORMALISERS, normaliserOf, type NormaliserName } from '../../src/model/tokenizer/normaliser.ts';
import { Tokenizer } from '../../src/model/tokenizer/tokenizer.ts';
import { trainTokenizer } from '../../src/model/tokenizer/train-tokenizer.ts';
import { hardTexts, SPELLED_TOKENS } from './hard-texts.ts';

// `node test/python/check-tokenizer.ts PYTHON`: Hugging Face's tokenizers learn the same merges from the same texts, load our
// file, and give the same ids and texts for 10,000 hard texts.

const PEER = fileURLToPath(new URL('tokenize_texts.py', import.meta.url));
const TEXTS = 10_000;
const CORPUS_SHARE = 0.2;
const SEED = 20;
const TRAINING = { vocabularySize: 4000, minFrequency: 2, specialTokens: SPELLED_TOKENS };

const factsSchema = z.strictObject({
  sameFile: z.literal(true),
  sameMerges: z.literal(true),
  sameVocabulary: z.literal(true),
});
const answerSchema = z.strictObject({
  plain: z.array(z.int()),
  parsed: z.array(z.int()),
  decoded: z.tuple([z.string(), z.string(), z.string()]),
});

async function main(): Promise<void> {
  const python = process.argv[2];
  if (python === undefined) throw new Error('usage: node test/python/check-tokenizer.ts PYTHON');
  const corpus = (await Array.fromAsync(readWordnetExamples())).map(({ input }) => input);
  const texts = [
    ...corpus.filter((_, i) => i % 12 === 1).slice(0, TEXTS * CORPUS_SHARE),
    ...hardTexts(TEXTS * (1 - CORPUS_SHARE), SEED),
  ];
  // Hugging Face's trainer takes hours for a word of a million characters.
  const trainable = hardTexts(TEXTS, SEED + 1).filter((text) => text.length < 5_000);
  const training = [...corpus.filter((_, i) => i % 12 === 0), ...trainable];
  for (const normalizer of NORMALISERS) {
    const { tokenizer } = await trainTokenizer(training, {
      ...TRAINING,
      normalizer,
      template: { start: '[CLS]', end: '<|endoftext|>' },
    });
    const characters = await compare(python, { tokenizer, normalizer, training, texts });
    console.log(
      `${normalizer}: ${tokenizer.vocabularySize} tokens, the same merges; ${texts.length} texts, ${characters} characters, the same ids and decoded texts`,
    );
  }
}

interface Comparison {
  tokenizer: Tokenizer;
  normalizer: NormaliserName;
  training: readonly string[];
  texts: readonly string[];
}

/** How many characters were compared; throws at the first text that is not the same. */
async function compare(
  python: string,
  { tokenizer, normalizer, training, texts }: Comparison,
): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-tokenizer-'));
  try {
    await writeFile(join(directory, 'tokenizer.json'), tokenizer.toJson());
    // Python's strings may hold lone surrogates, but its tokenizers refuse them.
    await writeJson(
      directory,
      'texts.json',
      texts.map((text) => text.toWellFormed()),
    );
    const trainedOn = training.map((text) => text.toWellFormed());
    await writeJson(directory, 'training.json', { ...TRAINING, texts: trainedOn });
    const loaded = Tokenizer.fromJson(tokenizer.toJson());
    const normalise = normaliserOf(normalizer);
    let checked = 0;
    for await (const answer of askPython(python, directory)) {
      checkText(loaded, texts[checked]!, normalise(texts[checked]!), answer);
      checked++;
    }
    if (checked !== texts.length) throw new Error(`${texts.length} answers expected, ${checked}`);
    return texts.reduce((sum, text) => sum + text.length, 0);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function writeJson(directory: string, name: string, value: unknown): Promise<void> {
  await writeFile(join(directory, name), JSON.stringify(value));
}

async function* askPython(
  python: string,
  directory: string,
): AsyncGenerator<z.infer<typeof answerSchema>, void> {
  const child = spawn(python, [PEER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  let first = true;
  for await (const line of createInterface({ input: child.stdout })) {
    if (first) factsSchema.parse(JSON.parse(line));
    else yield answerSchema.parse(JSON.parse(line));
    first = false;
  }
}

function checkText(
  tokenizer: Tokenizer,
  text: string,
  normalised: string,
  theirs: z.infer<typeof answerSchema>,
): void {
  const plain = tokenizer.encode(text);
  const parsed = tokenizer.encode(text, { parseSpecialTokens: true, addSpecialTokens: true });
  const half = plain.filter((_, i) => i % 2 === 1);
  check('ids', text, [...plain], theirs.plain);
  check('ids with special tokens', text, [...parsed], theirs.parsed);
  check('decoded text', text, tokenizer.decode(plain), theirs.decoded[0]);
  check(
    'decoded special tokens',
    text,
    tokenizer.decode(parsed, { skipSpecialTokens: false }),
    theirs.decoded[1],
  );
  check('decoded half', text, tokenizer.decode(half), theirs.decoded[2]);
  check('round trip', text, tokenizer.decode(plain), normalised.toWellFormed());
}

function check(what: string, text: string, ours: number[] | string, theirs: number[] | string): void {
  if (isDeepStrictEqual(ours, theirs)) return;
  const shown = [text, ours, theirs].map((value) => JSON.stringify(value).slice(0, 300));
  throw new Error(`${what} of ${shown[0]}: ${shown[1]} here, ${shown[2]} there`);
}

await main();
