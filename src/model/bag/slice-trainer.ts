import type { Pause } from '../../util/crew.ts';
import { seededRandom, shuffle } from '../../util/random.ts';
import type { FitSettings } from './bag-settings.ts';
import type { Kernel } from './kernel.ts';
import { quantiseColumns } from './quantise.ts';
import { dropUnmet, type Stager } from './stage.ts';

/** Classes `from` to `to` - 1, the share of one worker. */
export interface ClassSlice {
  from: number;
  to: number;
}

/** One fit of one slice of the classes; every number of slices gives the same weights. */
export interface SliceFit extends FitSettings {
  slice: ClassSlice;
  rows: number;
  /** Of these, rows of words; they come first. */
  wordRows: number;
  /** Numbers of the texts to learn from. */
  texts: Uint32Array;
  /** Class of every text of the store, by its number. */
  targets: Int32Array;
  /** Weight of every text of the store; null: all 1. */
  weights: Float32Array | null;
}

/** Texts to be scored by a slice. */
export interface SliceScore {
  texts: Uint32Array;
  /** Texts × classes. */
  scores: Float32Array;
  classes: number;
  /** Whether n-grams that the fit did not meet count as unknown: so it is for texts held out of the training set. */
  unmetLeftOut: boolean;
}

const STAGE_ENTRIES = 32_768;
/** A step beyond this would overshoot: twice the rate times the squared length of a text (at most 2.4 or so) stays below 2. */
const MAX_RATE = 0.45;

/** Trains and scores the classes of one slice in one kernel. */
export class SliceTrainer {
  readonly #kernel: Kernel;
  readonly #stager: Stager;
  #fitted: SliceFit | undefined;

  constructor(kernel: Kernel, stager: Stager) {
    this.#kernel = kernel;
    this.#stager = stager;
  }

  /** Squared hinge, one-vs-rest, plain SGD one text at a time. */
  async fit(fit: SliceFit, pause: Pause): Promise<void> {
    const { slice, rows, epochs, seed } = fit;
    const stageEntries = Math.max(STAGE_ENTRIES, this.#stager.longest);
    this.#kernel.shape({ rows, columns: slice.to - slice.from, stageEntries });
    this.#kernel.reset();
    this.#fitted = fit;
    const order = fit.texts.slice();
    const random = seededRandom(seed);
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, random);
      await this.#epoch(fit, order, epoch, pause);
    }
  }

  async #epoch(fit: SliceFit, order: Uint32Array, epoch: number, pause: Pause): Promise<void> {
    const { targets, rates } = this.#kernel;
    const { from, to } = fit.slice;
    const total = fit.epochs * order.length;
    for (let done = 0; done < order.length;) {
      const texts = this.#stager.fill(this.#kernel, order, done, fit.characterWeight);
      for (let i = 0; i < texts; i++) {
        const text = order[done + i]!;
        const target = fit.targets[text]!;
        targets[i] = target >= from && target < to ? target - from : -1;
        const rate = fit.rate * (1 - (epoch * order.length + done + i) / total) * (fit.weights?.[text] ?? 1);
        rates[i] = 2 * Math.min(MAX_RATE, rate);
      }
      this.#kernel.fit(texts);
      done += texts;
      await pause();
    }
  }

  /** Writes the scores of `texts` into columns of `scores` (texts × classes). */
  async score({ texts, scores, classes, unmetLeftOut }: SliceScore, pause: Pause): Promise<void> {
    const fitted = this.#state();
    const { slice, characterWeight } = fitted;
    const met = unmetLeftOut ? this.#stager.rowsOf(fitted.texts, fitted.rows) : null;
    const width = slice.to - slice.from;
    const { stride } = this.#kernel;
    for (let done = 0; done < texts.length;) {
      const count = this.#stager.fill(this.#kernel, texts, done, characterWeight);
      if (met !== null) dropUnmet(this.#kernel, count, met, fitted.wordRows);
      this.#kernel.score(count);
      for (let i = 0; i < count; i++) {
        const row = this.#kernel.scores.subarray(i * stride, i * stride + width);
        scores.set(row, (done + i) * classes + slice.from);
      }
      done += count;
      await pause();
    }
  }

  /** Rounds the slice's weights to 8 bits where they are, and writes them into their columns of `weights` and `scales`. */
  quantise(weights: Int8Array, scales: Float32Array, bias: Float32Array, classes: number): void {
    const { slice } = this.#state();
    const { stride } = this.#kernel;
    quantiseColumns({ weights: this.#kernel.weights, stride, slice, quantised: weights, scales, classes });
    this.copyBias(bias);
  }

  /** Copies the slice's weights into their columns of `weights` (rows × classes). */
  copyWeights(weights: Float32Array, bias: Float32Array, classes: number): void {
    const { slice, rows } = this.#state();
    const { stride } = this.#kernel;
    const width = slice.to - slice.from;
    for (let row = 0; row < rows; row++) {
      weights.set(
        this.#kernel.weights.subarray(row * stride, row * stride + width),
        row * classes + slice.from,
      );
    }
    this.copyBias(bias);
  }

  copyBias(bias: Float32Array): void {
    const { slice } = this.#state();
    bias.set(this.#kernel.bias.subarray(0, slice.to - slice.from), slice.from);
  }

  #state(): SliceFit {
    if (this.#fitted === undefined) throw new Error('score and copy come after fit');
    return this.#fitted;
  }
}
