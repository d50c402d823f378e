import type { z } from 'zod';
import type { errorSampleSchema } from '../schema/report.ts';
import { seededRandom, shuffle } from '../util/random.ts';
import { topProbabilities } from './calibration.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

type ErrorSample = z.infer<typeof errorSampleSchema>;

/** UTF-16 code units of an input that the report shows. */
const SHOWN_LENGTH = 300;

/** A wrong answer chosen for reading. */
export interface ErrorRow {
  /** Example index. */
  example: number;
  expected: string;
  predicted: string | null;
  confidence: number | null;
}

/**
 * Wrong answers worth reading: the most confident first, but no confusion (expected, predicted) a second time before each
 * has come once. Without probabilities a seeded draw stands in for confidence. Each example comes at most once.
 */
export function pickErrors(
  scored: ScoredPredictions,
  { count, seed }: { count: number; seed: number },
): ErrorRow[] {
  const confidence = scored.probabilities === null ? null : topProbabilities(scored, scored.probabilities);
  const turns = turnsWithinConfusions(scored, orderedErrors(scored, confidence, seed));
  return turns.slice(0, count).map((row) => ({
    example: scored.example[row]!,
    expected: scored.labels[scored.expected[row]!]!,
    predicted: scored.predicted[row]! < 0 ? null : scored.labels[scored.predicted[row]!]!,
    confidence: confidence === null || scored.predicted[row]! < 0 ? null : confidence[row]!,
  }));
}

/** Rows with wrong answers, one per example, the most confident first. */
function orderedErrors(scored: ScoredPredictions, confidence: Float64Array | null, seed: number): number[] {
  const rows = [...scored.expected.keys()].filter((row) => scored.expected[row] !== scored.predicted[row]);
  shuffle(rows, seededRandom(seed));
  if (confidence !== null) rows.sort((a, b) => confidence[b]! - confidence[a]!);
  const seen = new Set<number>();
  return rows.filter((row) => {
    const isNew = !seen.has(scored.example[row]!);
    seen.add(scored.example[row]!);
    return isNew;
  });
}

/** The same rows, first of each confusion first, then second of each, and so on. */
function turnsWithinConfusions(scored: ScoredPredictions, rows: readonly number[]): number[] {
  const met = new Map<number, number>();
  const turns = rows.map((row) => {
    const confusion = scored.expected[row]! * (scored.labels.length + 1) + scored.predicted[row]! + 1;
    const turn = met.get(confusion) ?? 0;
    met.set(confusion, turn + 1);
    return { row, turn };
  });
  return turns.toSorted((a, b) => a.turn - b.turn).map(({ row }) => row);
}

/** The report's error samples: picked errors with their inputs (by example index), shortened for reading. */
export function errorSamples(
  errors: readonly ErrorRow[],
  inputs: ReadonlyMap<number, string>,
): ErrorSample[] {
  return errors.map(({ example, expected, predicted, confidence }) => ({
    input: shownInput(inputs.get(example) ?? ''),
    expected,
    predicted,
    confidence,
  }));
}

/** An input as reports show it. */
export function shownInput(input: string): string {
  return shorten(input, SHOWN_LENGTH);
}

/** At most `length` UTF-16 code units, with an ellipsis when cut, never between the halves of a surrogate pair. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = length - 1;
  const last = text.charCodeAt(end - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, splitsPair ? end - 1 : end)}…`;
}
