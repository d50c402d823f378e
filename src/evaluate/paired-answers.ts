import { HomegrownError } from '../errors/homegrown-error.ts';
import { largest } from './rows.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

/** Two candidates' answers cut to the examples that both answered. */
export interface PairedAnswers {
  candidate: ScoredPredictions;
  reference: ScoredPredictions;
  /** Examples both answered. */
  examples: number;
  /** Whether the answers are the same on every row. */
  identical: boolean;
  /** Group of each example, by example index; -1 where not both answered. */
  group: Int32Array;
}

/** Pairs by example index. Throws `evaluate/nothing-in-common` when no example was answered by both. */
export function pairAnswers(candidate: ScoredPredictions, reference: ScoredPredictions): PairedAnswers {
  const group = commonGroups(candidate, reference);
  const examples = group.reduce((count, value) => count + (value >= 0 ? 1 : 0), 0);
  if (examples === 0)
    throw new HomegrownError({
      code: 'evaluate/nothing-in-common',
      message: 'two candidates cannot be compared: no example was answered by both',
      hint: 'Evaluate both on the same examples.',
    });
  const sides = { candidate: restrict(candidate, group), reference: restrict(reference, group) };
  return { ...sides, examples, group, identical: sameAnswers(sides.candidate, sides.reference) };
}

function commonGroups(candidate: ScoredPredictions, reference: ScoredPredictions): Int32Array {
  const size = Math.max(largest(candidate.example), largest(reference.example)) + 1;
  const inCandidate = new Uint8Array(size);
  for (const example of candidate.example) inCandidate[example] = 1;
  const group = new Int32Array(size).fill(-1);
  for (const [row, example] of reference.example.entries()) {
    if (inCandidate[example] === 1) group[example] = reference.group[row]!;
  }
  return group;
}

function restrict(scored: ScoredPredictions, group: Int32Array): ScoredPredictions {
  const keep = (_: number, row: number): boolean => group[scored.example[row]!]! >= 0;
  const example = scored.example.filter(keep);
  return {
    labels: scored.labels,
    expected: scored.expected.filter(keep),
    predicted: scored.predicted.filter(keep),
    probabilities: null,
    group: Int32Array.from(example, (index) => group[index]!),
    example,
  };
}

function sameAnswers(a: ScoredPredictions, b: ScoredPredictions): boolean {
  if (a.predicted.length !== b.predicted.length) return false;
  return a.predicted.every((label, row) => label === b.predicted[row] && a.example[row] === b.example[row]);
}
