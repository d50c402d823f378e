import type { Feeds } from '../../train/engine.ts';
import { lengthBatches, MASK_ID, tokenBatch } from '../../model/encoder/token-batch.ts';
import type { BatchPlan, StepBatch } from '../../train/batch-plan.ts';
import { type Random, seededRandom, shuffle } from '../../util/random.ts';

/** Texts as tokens, with the class and weight of each. */
export interface TokenisedTexts {
  readonly tokens: readonly Int32Array[];
  readonly targets: Int32Array;
  readonly weights: Float32Array;
}

export interface BucketedBatchesOptions {
  /** Examples of one step. */
  readonly batch: number;
  /** Most tokens that go through the network at once, padding included. */
  readonly microBatchTokens: number;
  /** Share of the tokens that are hidden. */
  readonly hiddenShare: number;
  readonly seed: number;
}

/** Batches among which examples are sorted by length: more would make less padding and less chance. */
const POOL_BATCHES = 40;

/**
 * Batches of texts of about equal lengths. Each epoch shuffles the examples, sorts pools of them by length, cuts these into batches and
 * shuffles the batches; all of it follows from the seed and the step alone.
 */
export class BucketedBatches implements BatchPlan {
  readonly stepsPerEpoch: number;
  readonly #texts: TokenisedTexts;
  readonly #options: BucketedBatchesOptions;
  #epoch = -1;
  #batches: Int32Array[] = [];

  constructor(texts: TokenisedTexts, options: BucketedBatchesOptions) {
    this.#texts = texts;
    this.#options = options;
    this.stepsPerEpoch = Math.ceil(texts.targets.length / options.batch);
  }

  batch(step: number): StepBatch {
    const parts = this.#microBatches(step);
    const random = seededRandom(mixed(this.#options.seed, step, 1));
    const microBatches = parts.map((examples) => this.#feedsOf(examples, random));
    const all = parts.flat();
    const { weights, tokens } = this.#texts;
    return {
      microBatches,
      weight: all.reduce((sum, index) => sum + weights[index]!, 0),
      tokens: all.reduce((sum, index) => sum + tokens[index]!.length, 0),
    };
  }

  describe(step: number, microBatch: number): string {
    const examples = this.#microBatches(step)[microBatch]!;
    return `training examples ${examples.map((index) => index + 1).join(', ')}`;
  }

  #microBatches(step: number): number[][] {
    const examples = [
      ...this.#epochBatches(Math.floor(step / this.stepsPerEpoch))[step % this.stepsPerEpoch]!,
    ];
    const tokens = examples.map((index) => this.#texts.tokens[index]!);
    const { batch, microBatchTokens } = this.#options;
    const parts = lengthBatches(tokens, { mostTexts: batch, mostTokens: microBatchTokens });
    return parts.map((part) => part.map((index) => examples[index]!));
  }

  #epochBatches(epoch: number): Int32Array[] {
    if (epoch === this.#epoch) return this.#batches;
    const { batch, seed } = this.#options;
    const { tokens, targets } = this.#texts;
    const random = seededRandom(mixed(seed, epoch, 2));
    const order = shuffle(
      Int32Array.from(targets, (_, index) => index),
      random,
    );
    const batches: Int32Array[] = [];
    for (let from = 0; from < order.length; from += POOL_BATCHES * batch) {
      const pool = order
        .subarray(from, from + POOL_BATCHES * batch)
        .toSorted((a, b) => tokens[a]!.length - tokens[b]!.length);
      for (let start = 0; start < pool.length; start += batch)
        batches.push(pool.subarray(start, start + batch));
    }
    this.#epoch = epoch;
    this.#batches = shuffle(batches, random);
    return this.#batches;
  }

  #feedsOf(examples: readonly number[], random: Random): Feeds {
    const { tokens, targets, weights } = this.#texts;
    const { hiddenShare } = this.#options;
    const feeds = tokenBatch(
      examples.map((index) =>
        tokens[index]!.map((id) => (hiddenShare > 0 && random.next() < hiddenShare ? MASK_ID : id)),
      ),
    );
    const shape = [examples.length];
    return {
      ...feeds,
      labels: { shape, data: Int32Array.from(examples, (index) => targets[index]!) },
      weights: { shape, data: Float32Array.from(examples, (index) => weights[index]!) },
    };
  }
}

/** One 32-bit seed from three numbers. */
function mixed(seed: number, index: number, stream: number): number {
  return (
    (Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(stream, 0xc2b2ae35)) >>> 0
  );
}
