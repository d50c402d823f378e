import { setImmediate as nextTurn } from 'node:timers/promises';
import { BYTES_IN_TOKEN_ORDER, BYTE_CHARACTERS } from './byte-alphabet.ts';
import { WordCounter } from './counted-words.ts';
import { MergeLearner, type Merges } from './merge-learner.ts';
import { normaliserOf } from './normaliser.ts';
import { preTokenEnd } from './pre-tokenizer.ts';
import { TextBytes } from './text-bytes.ts';
import { Tokenizer } from './tokenizer.ts';
import { checkTrainingOptions, type TokenizerTrainingOptions } from './training-options.ts';

/** A trained tokenizer, and what became of the vocabulary that was asked for. */
export interface TrainedTokenizer {
  tokenizer: Tokenizer;
  /** Tokens fewer than asked for: no further pair is frequent enough. */
  missingTokens: number;
  texts: number;
  /** Different pre-tokens in the texts. */
  distinctWords: number;
}

const TURN_MS = 8;

/** Learns a byte-level BPE vocabulary from texts. */
export async function trainTokenizer(
  texts: Iterable<string> | AsyncIterable<string>,
  options: TokenizerTrainingOptions,
): Promise<TrainedTokenizer> {
  checkTrainingOptions(options);
  const pause = turnTaking(options.signal);
  await pause();
  const counter = new WordCounter();
  const count = await countTexts(texts, counter, options, pause);
  const words = counter.words();
  const specialTokens = options.specialTokens ?? [];
  const learner = new MergeLearner(words, {
    vocabularySize: options.vocabularySize,
    minFrequency: options.minFrequency ?? 2,
    specialTokens: specialTokens.length,
  });
  while (learner.countNext(1000)) await pause();
  while (learner.learnNext()) await pause();
  const merges = learner.merges();
  const tokenizer = new Tokenizer({
    normaliser: options.normalizer,
    tokens: tokensOf(specialTokens, merges),
    specialTokens: new Set(specialTokens),
    template: options.template ?? {},
    merges,
  });
  return {
    tokenizer,
    missingTokens: options.vocabularySize - tokenizer.vocabularySize,
    texts: count,
    distinctWords: words.counts.length,
  };
}

async function countTexts(
  texts: Iterable<string> | AsyncIterable<string>,
  counter: WordCounter,
  options: TokenizerTrainingOptions,
  pause: () => Promise<void> | undefined,
): Promise<number> {
  const normalise = normaliserOf(options.normalizer);
  const memory = new TextBytes();
  let count = 0;
  for await (const text of texts) {
    const length = memory.write(normalise(text));
    const { bytes } = memory;
    for (let start = 0; start < length;) {
      const end = preTokenEnd(bytes, start, length);
      counter.add(bytes, start, end);
      start = end;
    }
    count++;
    await pause();
  }
  return count;
}

function turnTaking(signal: AbortSignal | undefined): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    signal?.throwIfAborted();
    if (performance.now() - last < TURN_MS) return undefined;
    return nextTurn().then(() => {
      last = performance.now();
      signal?.throwIfAborted();
    });
  };
}

function tokensOf(specialTokens: readonly string[], merges: Merges): string[] {
  const tokens = [...specialTokens];
  for (const byte of BYTES_IN_TOKEN_ORDER) tokens.push(BYTE_CHARACTERS[byte]!);
  for (let index = 0; index < merges.length; index += 3) {
    tokens[merges[index + 2]!] ??= tokens[merges[index]!]! + tokens[merges[index + 1]!]!;
  }
  return tokens;
}
