import { heldOutRank } from './split.ts';
import { decodeRow, isReviewed, type StoredRow } from './stored-row.ts';

/** All rows with one input and one output: the row that stands for them, how many, and their weight together. */
export interface Copies {
  row: StoredRow;
  count: number;
  weight: number;
  /** Of the rows that a human stands behind. */
  reviewedWeight: number;
}

/** All rows with one input, by output. */
interface InputEntry {
  id: string;
  input: string;
  outputs: Map<string, Copies>;
}

/** What became of one input: the row kept, if any, its copies by output (two or more mean a conflict). */
export interface Resolution {
  kept: StoredRow | null;
  outputs: readonly Copies[];
}

/**
 * Brings together the rows of one partition and decides for each input, in the order of the inputs' hashes, whatever the
 * order of the rows was. Memory is bounded by the distinct contents, not by the rows.
 */
export async function resolveCopies(
  batches: AsyncIterable<readonly string[]>,
  conflicts: 'majority' | 'drop',
  visit: (resolution: Resolution) => void,
): Promise<void> {
  const entries = new Map<string, InputEntry>();
  for await (const batch of batches) for (const text of batch) addRow(entries, decodeRow(text));
  const ordered = [...entries.values()].toSorted(byHash);
  for (const { outputs } of ordered) {
    const copies = [...outputs.values()];
    visit({ kept: chooseRow(copies, conflicts), outputs: copies });
  }
}

function addRow(entries: Map<string, InputEntry>, row: StoredRow): void {
  let entry = entries.get(row.input);
  if (entry === undefined) {
    entry = { id: row.id, input: row.input, outputs: new Map() };
    entries.set(row.input, entry);
  }
  const copies = entry.outputs.get(row.output);
  if (copies === undefined) {
    const reviewedWeight = isReviewed(row) ? row.weight : 0;
    entry.outputs.set(row.output, { row, count: 1, weight: row.weight, reviewedWeight });
    return;
  }
  copies.count += 1;
  copies.weight += row.weight;
  if (isReviewed(row)) copies.reviewedWeight += row.weight;
  if (comesFirst(row, copies.row)) copies.row = row;
}

/** The copy that stands for the others: the most held-out, then one that a human stands behind, then the earliest, then the first by source and line. */
function comesFirst(a: StoredRow, b: StoredRow): boolean {
  const difference =
    heldOutRank(b.split) - heldOutRank(a.split) ||
    Number(isReviewed(b)) - Number(isReviewed(a)) ||
    compareTimes(a.time, b.time) ||
    a.source - b.source ||
    a.line - b.line;
  return difference < 0;
}

function compareTimes(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

/** Outputs that a human stands behind are not outvoted by others. */
function chooseRow(copies: readonly Copies[], conflicts: 'majority' | 'drop'): StoredRow | null {
  const reviewed = copies.filter(({ reviewedWeight }) => reviewedWeight > 0);
  const isAnyReviewed = reviewed.length > 0;
  const weightOf = (entry: Copies): number => (isAnyReviewed ? entry.reviewedWeight : entry.weight);
  const [best, second] = (isAnyReviewed ? reviewed : copies).toSorted((a, b) => weightOf(b) - weightOf(a));
  if (second === undefined) return best!.row;
  if (conflicts === 'drop') return null;
  return weightOf(best!) > weightOf(second) ? best!.row : null;
}

function byHash(a: InputEntry, b: InputEntry): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.input < b.input ? -1 : 1;
}
