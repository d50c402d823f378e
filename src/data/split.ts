import { hash } from 'node:crypto';
import type { Split } from '../schema/split.ts';

/** Part of the hashed text, so that the split never coincides with another use of the same hash. */
const SPLIT_KEY = 'homegrown/split/1\n';

/**
 * The split a group belongs to for ever: 80 % train, 10 % validation, 10 % held-out, by a keyed SHA-256 of its name.
 * It depends on nothing else, so data added later never moves an example.
 */
export function splitOfGroup(group: string): Split {
  const digest = hash('sha256', SPLIT_KEY + group, 'buffer');
  const share = digest.readUIntBE(0, 6) / 2 ** 48;
  if (share < 0.8) return 'train';
  return share < 0.9 ? 'validation' : 'held-out';
}

const SPLIT_NAMES: ReadonlyMap<string, Split> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['validation', 'validation'],
  ['valid', 'validation'],
  ['val', 'validation'],
  ['dev', 'validation'],
  ['held-out', 'held-out'],
  ['heldout', 'held-out'],
  ['held_out', 'held-out'],
  ['holdout', 'held-out'],
  ['test', 'held-out'],
]);

/** The split a user's own `split` column names, or null when the name means nothing to us. */
export function parseSplitName(name: string): Split | null {
  return SPLIT_NAMES.get(name.trim().toLowerCase()) ?? null;
}

/** How far from training a split is: train 0, validation 1, held-out 2. */
export function heldOutRank(split: Split): number {
  return split === 'train' ? 0 : split === 'validation' ? 1 : 2;
}
