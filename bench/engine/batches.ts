import type { EncoderArchitecture, GptArchitecture } from './architecture.ts';
import type { Batch, IntegerTensor } from './contestant.ts';
import { LENGTH_BUCKETS, type BenchmarkSize } from './sizes.ts';
import { readTokenizedTexts, type TokenizedText } from './tokens.ts';

/** Batches of a run: every shape a few times to warm up, then those that are timed. */
export interface RunBatches {
  readonly warmUp: Batch[];
  readonly timed: Batch[];
}

export interface BatchCounts {
  /** Per shape of batch. */
  readonly warmUp: number;
  readonly timed: number;
}

/** Batches of real text for a network; the same for the same size and counts. */
export async function makeBatches(size: BenchmarkSize, counts: BatchCounts): Promise<RunBatches> {
  const texts = await readTokenizedTexts(size.architecture.vocabulary);
  if (size.architecture.kind === 'gpt') {
    return gptBatches(texts, size as BenchmarkSize<GptArchitecture>, counts);
  }
  return encoderBatches(texts, size as BenchmarkSize<EncoderArchitecture>, counts);
}

/** The texts one after another, cut into rows; the labels are the next tokens. */
function gptBatches(
  texts: readonly TokenizedText[],
  { architecture, textsPerBatch }: BenchmarkSize<GptArchitecture>,
  counts: BatchCounts,
): RunBatches {
  const tokens = texts.flatMap(({ ids }) => ids);
  const shape = [textsPerBatch, architecture.positions];
  const perBatch = textsPerBatch * architecture.positions;
  const batches = Array.from({ length: counts.warmUp + counts.timed }, (_, index) => {
    const start = (index * perBatch) % (tokens.length - perBatch);
    return {
      ids: integers(shape, tokens.slice(start, start + perBatch)),
      labels: integers(shape, tokens.slice(start + 1, start + 1 + perBatch)),
    };
  });
  return { warmUp: batches.slice(0, counts.warmUp), timed: batches.slice(counts.warmUp) };
}

// Long definitions are few: a pass over all texts fills not three batches of the longest bucket.
const MOST_PASSES = 10;

/** Full batches of one length bucket each, in the order in which the shuffled texts fill them: so buckets come as often as in training. */
function encoderBatches(
  texts: readonly TokenizedText[],
  { textsPerBatch }: BenchmarkSize<EncoderArchitecture>,
  counts: BatchCounts,
): RunBatches {
  const waiting = new Map<number, TokenizedText[]>(LENGTH_BUCKETS.map((bucket) => [bucket, []]));
  const warmUp = new Map<number, Batch[]>(LENGTH_BUCKETS.map((bucket) => [bucket, []]));
  const timed: Batch[] = [];
  for (const text of Array.from({ length: MOST_PASSES }, () => texts).flat()) {
    const bucket = LENGTH_BUCKETS.find((length) => text.ids.length <= length) ?? LENGTH_BUCKETS.at(-1)!;
    const gathered = waiting.get(bucket)!;
    if (text.ids.length === 0 || gathered.push(text) < textsPerBatch) continue;
    const batch = paddedBatch(gathered.splice(0), bucket);
    if (timed.length < counts.timed) timed.push(batch);
    else if (warmUp.get(bucket)!.length < counts.warmUp) warmUp.get(bucket)!.push(batch);
  }
  const lacking = [...warmUp].filter(([, batches]) => batches.length < counts.warmUp);
  if (timed.length < counts.timed || lacking.length > 0) {
    throw new Error(`the texts fill too few batches: ${timed.length} timed, ${lacking.length} buckets short`);
  }
  return { warmUp: [...warmUp.values()].flat(), timed };
}

function paddedBatch(texts: readonly TokenizedText[], length: number): Batch {
  const padded = texts.flatMap(({ ids }) => {
    return Array.from({ length }, (_, position) => ids[position] ?? 0);
  });
  return {
    ids: integers([texts.length, length], padded),
    labels: integers(
      [texts.length],
      texts.map(({ label }) => label),
    ),
    lengths: integers(
      [texts.length],
      texts.map(({ ids }) => Math.min(ids.length, length)),
    ),
  };
}

function integers(shape: readonly number[], values: readonly number[]): IntegerTensor {
  return { shape, data: Int32Array.from(values) };
}
