import {
  divide,
  mean,
  multiply,
  reshape,
  scalar,
  shifted,
  softplus,
  squareRoot,
  subtract,
  sum,
} from './functions.ts';
import type { Value } from './value.ts';

/** What keeps the cosine of a zero vector defined; PyTorch's `cosine_embedding_loss` has the same. */
const COSINE_EPSILON = 1e-12;

/** Binary cross-entropy of each row: the mean over the last axis of log(1 + eˣ) - x·t for logits x and targets t from 0 to 1. */
export function binaryCrossEntropy(logits: Value, targets: Value): Value {
  return rowMean(subtract(softplus(logits), multiply(logits, targets)));
}

/** Mean squared error of each row: the mean over the last axis of (x - t)². */
export function meanSquaredError(x: Value, targets: Value): Value {
  const error = subtract(x, targets);
  return rowMean(multiply(error, error));
}

/** Cosine distance of each row: 1 - cos(a, b) over the last axis. */
export function cosineLoss(a: Value, b: Value): Value {
  const lengths = multiply(squaredLength(a), squaredLength(b));
  const cosines = divide(sum(multiply(a, b), [-1]), squareRoot(lengths));
  return withoutLastAxis(subtract(scalar(cosines, 1), cosines));
}

function squaredLength(x: Value): Value {
  return shifted(sum(multiply(x, x), [-1]), COSINE_EPSILON);
}

function rowMean(x: Value): Value {
  return withoutLastAxis(mean(x, [-1]));
}

function withoutLastAxis(x: Value): Value {
  return reshape(x, x.shape.slice(0, -1));
}
