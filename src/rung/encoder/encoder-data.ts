import { SPECIAL_TOKENS } from '../../model/encoder/token-batch.ts';
import { trainTokenizer } from '../../model/tokenizer/train-tokenizer.ts';
import type { Tokenizer } from '../../model/tokenizer/tokenizer.ts';
import { turnTaking } from '../../util/crew.ts';
import { checked, targetOf } from '../bag/checked-examples.ts';
import { foldOfGroup } from '../bag/folds.ts';
import type { RungContext } from '../rung.ts';
import type { TokenisedTexts } from './bucketed-batches.ts';

/** What an encoder learns from and is judged on. */
export interface EncoderData {
  readonly tokenizer: Tokenizer;
  readonly train: TokenisedTexts;
  /** With their texts, for the rounded model. */
  readonly judged: TokenisedTexts & { readonly texts: readonly string[] };
  /** Whether `judged` was taken from the training set. */
  readonly heldOutOfTraining: boolean;
  readonly contextLength: number;
  /** Share of training tokens beyond the context length. */
  readonly cutShare: number;
}

interface LabelledTexts {
  texts: string[];
  targets: number[];
  weights: number[];
}

/** With fewer validation texts than this, part of the training set is held out too: early stopping and calibration need some. */
const LEAST_JUDGED = 200;
const MOST_JUDGED = 10_000;
const PARTS = 10;

/** Reads the examples, trains a tokenizer on the training texts and encodes them. */
export async function readEncoderData(
  context: RungContext,
  { vocabularySize }: { vocabularySize: number },
): Promise<EncoderData> {
  const { signal, progress, validation } = context;
  const heldOutOfTraining = validation.count < LEAST_JUDGED;
  const { train, judged } = await readTexts(context, heldOutOfTraining);
  progress('training a tokenizer', 0);
  const { tokenizer } = await trainTokenizer(train.texts, {
    vocabularySize,
    normalizer: 'lowercase',
    specialTokens: SPECIAL_TOKENS,
    signal,
  });
  const tokens = await encodeAll(tokenizer, train.texts, signal);
  const contextLength = contextLengthFor(tokens);
  const judgedTokens = await encodeAll(tokenizer, judged.texts, signal);
  return {
    tokenizer,
    train: tokenised(train, tokens, contextLength),
    judged: { ...tokenised(judged, judgedTokens, contextLength), texts: judged.texts },
    heldOutOfTraining,
    contextLength,
    cutShare: cutShareOf(tokens, contextLength),
  };
}

async function readTexts(
  context: RungContext,
  heldOutOfTraining: boolean,
): Promise<{ train: LabelledTexts; judged: LabelledTexts }> {
  const { train, validation, labels, seed } = context;
  const read: { text: string; target: number; weight: number; part: number }[] = [];
  for await (const example of checked(train, context)) {
    const { input: text, weight, group } = example;
    read.push({ text, weight, target: targetOf(example, labels), part: foldOfGroup(group, PARTS, seed) });
  }
  const learned: LabelledTexts = { texts: [], targets: [], weights: [] };
  const judged: LabelledTexts = { texts: [], targets: [], weights: [] };
  const groupsSuffice = read.some(({ part }) => part === 0) && read.some(({ part }) => part > 0);
  for (const [index, { part, ...text }] of read.entries()) {
    const isHeldOut = heldOutOfTraining && (groupsSuffice ? part : index % PARTS) === 0;
    addTo(isHeldOut ? judged : learned, text);
  }
  const share = Math.min(1, MOST_JUDGED / Math.max(1, validation.count));
  for await (const example of checked(validation, context)) {
    if (share < 1 && foldOfGroup(example.id, 1 << 20, seed) >= share * (1 << 20)) continue;
    const { input: text, weight } = example;
    addTo(judged, { text, target: targetOf(example, labels), weight });
  }
  return { train: learned, judged };
}

function addTo(
  to: LabelledTexts,
  { text, target, weight }: { text: string; target: number; weight: number },
): void {
  to.texts.push(text);
  to.targets.push(target);
  to.weights.push(weight);
}

async function encodeAll(
  tokenizer: Tokenizer,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Int32Array[]> {
  const pause = turnTaking(signal);
  const tokens: Int32Array[] = [];
  for (const text of texts) {
    tokens.push(tokenizer.encode(text));
    const wait = pause();
    if (wait !== undefined) await wait;
  }
  return tokens;
}

const STEP = 16;
const MOST_CONTEXT = 256;
const WHOLE_TEXTS = 0.995;

/** Room for 199 of 200 texts, within bounds. */
function contextLengthFor(tokens: readonly Int32Array[]): number {
  const lengths = tokens.map(({ length }) => length).toSorted((a, b) => a - b);
  const wanted = lengths[Math.ceil(WHOLE_TEXTS * lengths.length) - 1]!;
  return Math.min(MOST_CONTEXT, Math.max(STEP, Math.ceil(wanted / STEP) * STEP));
}

function cutShareOf(tokens: readonly Int32Array[], contextLength: number): number {
  let all = 0;
  let cut = 0;
  for (const { length } of tokens) {
    all += length;
    cut += Math.max(0, length - contextLength);
  }
  return all === 0 ? 0 : cut / all;
}

function tokenised(
  { targets, weights }: LabelledTexts,
  tokens: readonly Int32Array[],
  contextLength: number,
): TokenisedTexts {
  return {
    tokens: tokens.map((ids) => ids.subarray(0, contextLength)),
    targets: Int32Array.from(targets),
    weights: Float32Array.from(weights),
  };
}
