import { bucketCount, type NgramSettings } from './bag-settings.ts';
import type { Calibration } from './calibration.ts';
import { dampedCount } from './featurise.ts';
import { NgramCounter } from './ngram-counter.ts';

/** Weights, rows × classes: as they were trained, or 8 bits with one scale per class. */
export type BagWeights =
  | { kind: 'float32'; data: Float32Array }
  | { kind: 'int8'; data: Int8Array; scales: Float32Array };

/** A trained bag of n-grams with its linear classifier. */
export interface BagModel {
  labels: readonly string[];
  ngrams: NgramSettings;
  characterWeight: number;
  /** Row of each bucket, -1 for none; rows are in the order of their buckets. */
  rowOf: Int32Array;
  /** One per row. */
  idf: Float32Array;
  weights: BagWeights;
  /** One per class. */
  bias: Float32Array;
  calibration: Calibration;
}

/** Features of one text; valid until the next. */
export interface TextFeatures {
  length: number;
  rows: Uint32Array;
  values: Float32Array;
}

/** Turns texts into features and scores with a model, one at a time, with no waiting. */
export class BagScorer {
  readonly #model: BagModel;
  readonly #counter: NgramCounter;
  readonly #features: TextFeatures = {
    length: 0,
    rows: new Uint32Array(1024),
    values: new Float32Array(1024),
  };

  readonly #sums: Float64Array;

  constructor(model: BagModel) {
    if (model.rowOf.length !== bucketCount(model.ngrams))
      throw new Error('one row number per bucket expected');
    this.#model = model;
    this.#counter = new NgramCounter(model.ngrams);
    this.#sums = new Float64Array(model.labels.length);
  }

  /** Rows and values of a text, as in training. */
  features(text: string): TextFeatures {
    const counter = this.#counter;
    const features = this.#features;
    counter.count(text);
    if (features.rows.length < counter.length) {
      features.rows = new Uint32Array(counter.buckets.length);
      features.values = new Float32Array(counter.buckets.length);
    }
    features.length = 0;
    this.#weighBlock(0, counter.wordEnd, 1);
    this.#weighBlock(counter.wordEnd, counter.length, this.#model.characterWeight);
    return features;
  }

  /** One score per class into `scores`; a right answer is near 1, a wrong one near -1. */
  score(text: string, scores: Float32Array): void {
    const { weights, bias } = this.#model;
    const sums = this.#sums.fill(0);
    addRows(weights.data, this.features(text), sums);
    for (let i = 0; i < sums.length; i++) {
      const scale = weights.kind === 'int8' ? weights.scales[i]! : 1;
      scores[i] = sums[i]! * scale + bias[i]!;
    }
  }

  #weighBlock(from: number, to: number, blockWeight: number): void {
    const { rowOf, idf } = this.#model;
    const { buckets, counts } = this.#counter;
    const { rows, values, length: start } = this.#features;
    let end = start;
    let squares = 0;
    for (let i = from; i < to; i++) {
      const row = rowOf[buckets[i]!]!;
      if (row < 0) continue;
      const value = Math.fround(dampedCount(counts[i]!) * idf[row]!);
      rows[end] = row;
      values[end++] = value;
      squares += value * value;
    }
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let i = start; i < end; i++) values[i] = Math.fround(values[i]! * scale) * blockWeight;
    this.#features.length = end;
  }
}

/** sums += values · rows of weights, four rows at a time: each sum is then read and written a quarter as often. */
function addRows(weights: Float32Array | Int8Array, features: TextFeatures, sums: Float64Array): void {
  const { length, rows, values } = features;
  const classes = sums.length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const [a, b] = [rows[i]! * classes, rows[i + 1]! * classes];
    const [c, d] = [rows[i + 2]! * classes, rows[i + 3]! * classes];
    const [va, vb, vc, vd] = [values[i]!, values[i + 1]!, values[i + 2]!, values[i + 3]!];
    for (let column = 0; column < classes; column++) {
      const first = va * weights[a + column]! + vb * weights[b + column]!;
      const second = vc * weights[c + column]! + vd * weights[d + column]!;
      sums[column] = sums[column]! + (first + second);
    }
  }
  for (; i < length; i++) {
    const start = rows[i]! * classes;
    for (let column = 0; column < classes; column++) {
      sums[column] = sums[column]! + values[i]! * weights[start + column]!;
    }
  }
}
