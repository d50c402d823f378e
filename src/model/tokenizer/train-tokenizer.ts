import { availableParallelism } from 'node:os';
import { turnTaking, type Crew } from '../../util/crew.ts';
import { BYTES_IN_TOKEN_ORDER, BYTE_CHARACTERS } from './byte-alphabet.ts';
import type { Merges } from './merge-learner.ts';
import { TextCounter } from './text-counter.ts';
import { Tokenizer } from './tokenizer.ts';
import type { TrainingRequests } from './training-bench.ts';
import { checkTrainingOptions, type TokenizerTrainingOptions } from './training-options.ts';

/** A trained tokenizer, and what became of the vocabulary that was asked for. */
export interface TrainedTokenizer {
  tokenizer: Tokenizer;
  /** Tokens fewer than asked for, because no further pair is frequent enough. */
  missingTokens: number;
  texts: number;
  /** Different pre-tokens in the texts. */
  distinctWords: number;
}

const STEPS_AT_ONCE = 256;

/** Learns a byte-level BPE vocabulary from texts; the same one whatever the number of workers. */
export async function trainTokenizer(
  texts: Iterable<string> | AsyncIterable<string>,
  options: TokenizerTrainingOptions,
): Promise<TrainedTokenizer> {
  checkTrainingOptions(options);
  const { signal, onProgress } = options;
  const counter = new TextCounter({
    normaliser: options.normalizer,
    workers: options.workers ?? availableParallelism(),
    threadsFrom: options.threadsFrom,
    signal,
    onBatch: (count) => onProgress?.({ stage: 'count', texts: count }),
  });
  try {
    signal?.throwIfAborted();
    await countAll(texts, counter, signal);
    const crew = await counter.finish();
    const { distinctWords } = await crew.ask(0, 'prepare', {
      vocabularySize: options.vocabularySize,
      minFrequency: options.minFrequency ?? 2,
      specialTokens: options.specialTokens?.length ?? 0,
    });
    const tokenizer = tokenizerOf(await learnAll(crew, options), options);
    const missingTokens = options.vocabularySize - tokenizer.vocabularySize;
    return { tokenizer, missingTokens, texts: counter.texts, distinctWords };
  } finally {
    await counter.close();
  }
}

async function countAll(
  texts: Iterable<string> | AsyncIterable<string>,
  counter: TextCounter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pause = turnTaking(signal);
  if (Symbol.asyncIterator in texts) {
    for await (const text of texts) await (counter.add(text) ?? pause());
    return;
  }
  for (const text of texts) {
    const wait = counter.add(text) ?? pause();
    if (wait !== undefined) await wait;
  }
}

async function learnAll(
  crew: Crew<TrainingRequests>,
  { vocabularySize, onProgress }: TokenizerTrainingOptions,
): Promise<Merges> {
  for (;;) {
    const { tokens, more } = await crew.ask(0, 'learn', { steps: STEPS_AT_ONCE });
    onProgress?.({ stage: 'merge', tokens, vocabularySize });
    if (!more) return crew.ask(0, 'takeMerges', null);
  }
}

function tokenizerOf(merges: Merges, options: TokenizerTrainingOptions): Tokenizer {
  const specialTokens = options.specialTokens ?? [];
  const tokens = [...specialTokens];
  for (const byte of BYTES_IN_TOKEN_ORDER) tokens.push(BYTE_CHARACTERS[byte]!);
  for (let index = 0; index < merges.length; index += 3) {
    tokens[merges[index + 2]!] ??= tokens[merges[index]!]! + tokens[merges[index + 1]!]!;
  }
  return new Tokenizer({
    normaliser: options.normalizer,
    tokens,
    specialTokens: new Set(specialTokens),
    template: options.template ?? {},
    merges,
  });
}
