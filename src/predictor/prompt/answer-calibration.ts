import type { Outcome } from './prompt-file.ts';

/** How many answers' worth of trust the overall accuracy has against a single label's own. */
const PRIOR_ANSWERS = 4;

/** Probabilities of all labels, given that the upstream answered this one. */
export type AnswerCalibration = (predicted: number) => Float32Array;

/**
 * Turns bare labels into probabilities: the answered label gets its smoothed share of right answers on the tuning
 * examples (shrunk towards the overall share), the others what is left, by smoothed confusion.
 */
export function answerCalibration(outcomes: readonly Outcome[], labelCount: number): AnswerCalibration {
  const total = sum(outcomes);
  const right = sum(outcomes.filter(({ predicted, expected }) => predicted === expected));
  const accuracy = (right + 1) / (total + 2);
  const rows = new Map<number, Float32Array>();
  return (predicted) => {
    let row = rows.get(predicted);
    if (row === undefined) {
      const own = outcomes.filter((outcome) => outcome.predicted === predicted);
      row = probabilitiesOf({ own, predicted, accuracy, labelCount });
      rows.set(predicted, row);
    }
    return row.slice();
  };
}

function probabilitiesOf(facts: {
  own: readonly Outcome[];
  predicted: number;
  accuracy: number;
  labelCount: number;
}): Float32Array {
  const { own, predicted, accuracy, labelCount } = facts;
  const right = sum(own.filter(({ expected }) => expected === predicted));
  const share = (right + PRIOR_ANSWERS * accuracy) / (sum(own) + PRIOR_ANSWERS);
  const top = Math.max(share, 1 / labelCount + 0.01);
  const byConfusion = spread({ own, predicted, top, labelCount });
  if (byConfusion.every((value, label) => label === predicted || value < top)) return byConfusion;
  return spread({ own: [], predicted, top, labelCount });
}

function spread(facts: {
  own: readonly Outcome[];
  predicted: number;
  top: number;
  labelCount: number;
}): Float32Array {
  const { own, predicted, top, labelCount } = facts;
  const row = new Float32Array(labelCount).fill(1 / labelCount);
  for (const { expected, count } of own) row[expected]! += count;
  row[predicted] = 0;
  const rest = row.reduce((whole, value) => whole + value, 0);
  for (let label = 0; label < labelCount; label++) row[label]! *= (1 - top) / rest;
  row[predicted] = top;
  return row;
}

function sum(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((whole, { count }) => whole + count, 0);
}
