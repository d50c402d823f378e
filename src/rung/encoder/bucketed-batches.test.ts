import { expect, it } from 'vitest';
import { MASK_ID } from '../../model/encoder/token-batch.ts';
import { seededRandom } from '../../util/random.ts';
import { BucketedBatches, type BucketedBatchesOptions, type TokenisedTexts } from './bucketed-batches.ts';

const COUNT = 1000;
const random = seededRandom(3);
/** Each text begins with its own number, so that it can be told in a batch. */
const TEXTS: TokenisedTexts = {
  tokens: Array.from({ length: COUNT }, (_, index) =>
    Int32Array.from({ length: 1 + random.integer(30) }, (_id, at) => (at === 0 ? 100 + index : 50)),
  ),
  targets: Int32Array.from({ length: COUNT }, (_, index) => index % 5),
  weights: new Float32Array(COUNT).fill(1),
};

function batchesOf(changes: Partial<BucketedBatchesOptions> = {}): BucketedBatches {
  return new BucketedBatches(TEXTS, {
    batch: 32,
    microBatchTokens: 10_000,
    hiddenShare: 0,
    seed: 1,
    ...changes,
  });
}

/** Numbers of the texts of a step. */
function textsOf(batches: BucketedBatches, step: number): number[] {
  return batches.batch(step).microBatches.flatMap(({ ids, labels }) => {
    const time = ids!.shape[1]!;
    return Array.from(labels!.data, (_, row) => ids!.data[row * time]! - 100);
  });
}

it('gives every text once an epoch, each epoch in another order', () => {
  const batches = batchesOf();
  expect(batches.stepsPerEpoch).toBe(32);
  const epochs = [0, 1].map((epoch) =>
    Array.from({ length: 32 }, (_, step) => textsOf(batches, 32 * epoch + step)).flat(),
  );
  for (const epoch of epochs)
    expect(epoch.toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, index) => index));
  expect(epochs[0]).not.toEqual(epochs[1]);
});

it('depends on the seed and the step alone', () => {
  const [one, other] = [batchesOf({ hiddenShare: 0.2 }), batchesOf({ hiddenShare: 0.2 })];
  other.batch(70);
  expect(other.batch(5)).toEqual(one.batch(5));
  expect(batchesOf({ seed: 2 }).batch(5)).not.toEqual(one.batch(5));
});

it('pads little, and keeps micro-batches within their tokens', () => {
  const batches = batchesOf({ microBatchTokens: 200 });
  let real = 0;
  let padded = 0;
  for (let step = 0; step < batches.stepsPerEpoch; step++) {
    const { microBatches, tokens, weight } = batches.batch(step);
    expect(weight).toBe(microBatches.reduce((sum, { labels }) => sum + labels!.data.length, 0));
    for (const { ids } of microBatches) {
      expect(ids!.data.length).toBeLessThanOrEqual(200);
      padded += ids!.data.length;
    }
    real += tokens;
  }
  expect(real / padded).toBeGreaterThan(0.9);
});

it('hides about the share of tokens it is told to', () => {
  const batches = batchesOf({ hiddenShare: 0.1 });
  let hidden = 0;
  let all = 0;
  for (let step = 0; step < batches.stepsPerEpoch; step++) {
    const { microBatches, tokens } = batches.batch(step);
    all += tokens;
    for (const { ids } of microBatches) hidden += ids!.data.filter((id) => id === MASK_ID).length;
  }
  expect(hidden / all).toBeGreaterThan(0.08);
  expect(hidden / all).toBeLessThan(0.12);
});

it('names the examples of a micro-batch', () => {
  expect(batchesOf().describe(0, 0)).toMatch(/^training examples \d+(, \d+){31}$/);
});
