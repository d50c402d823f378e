import type { TaskConfig } from '../../schema/config.ts';

/** The task's metric of the best-scored class; NaN without texts. */
export function qualityOfScores(
  metric: TaskConfig['metric'],
  scores: Float32Array,
  targets: Int32Array,
  classes: number,
): number {
  const predicted = targets.map((_, text) =>
    bestColumn(scores.subarray(text * classes, (text + 1) * classes)),
  );
  return metric === 'accuracy' ? accuracy(predicted, targets) : macroF1(predicted, targets, classes);
}

function bestColumn(scores: Float32Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

function accuracy(predicted: Int32Array, targets: Int32Array): number {
  let right = 0;
  for (let i = 0; i < targets.length; i++) if (predicted[i] === targets[i]) right++;
  return right / targets.length;
}

/** Mean F1 over classes that were expected or predicted. */
function macroF1(predicted: Int32Array, targets: Int32Array, classes: number): number {
  const right = new Float64Array(classes);
  const met = new Float64Array(classes);
  for (let i = 0; i < targets.length; i++) {
    met[targets[i]!]!++;
    met[predicted[i]!]!++;
    if (predicted[i] === targets[i]) right[targets[i]!]!++;
  }
  let sum = 0;
  let seen = 0;
  for (let column = 0; column < classes; column++) {
    if (met[column] === 0) continue;
    sum += (2 * right[column]!) / met[column]!;
    seen++;
  }
  return sum / seen;
}
