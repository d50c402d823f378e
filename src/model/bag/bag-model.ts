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

  constructor(model: BagModel) {
    if (model.rowOf.length !== bucketCount(model.ngrams))
      throw new Error('one row number per bucket expected');
    this.#model = model;
    this.#counter = new NgramCounter(model.ngrams);
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
    const features = this.features(text);
    if (weights.kind === 'float32') {
      scores.set(bias);
      addRows(weights.data, features, scores);
      return;
    }
    scores.fill(0);
    addRows(weights.data, features, scores);
    for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! * weights.scales[i]! + bias[i]!;
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

function addRows(weights: Float32Array | Int8Array, features: TextFeatures, scores: Float32Array): void {
  const { length, rows, values } = features;
  const classes = scores.length;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    const start = rows[i]! * classes;
    for (let column = 0; column < classes; column++) {
      scores[column] = scores[column]! + value * weights[start + column]!;
    }
  }
}
