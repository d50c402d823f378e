import { seededRandom, shuffle } from '../../util/random.ts';

/** A text's class and group, as far as dealing it to a fold needs them. */
export interface Grouped {
  target: number;
  group: string;
}

/**
 * Deals examples to `folds` folds, whole groups together, classes spread, sizes even. With fewer groups than folds the examples
 * are dealt one by one.
 */
export function dealFolds(examples: readonly Grouped[], folds: number, seed: number): Int32Array {
  const groups = groupMembers(examples, folds);
  const order = shuffle([...groups.keys()], seededRandom(seed));
  order.sort((a, b) => examples[groups[a]![0]!]!.target - examples[groups[b]![0]!]!.target);
  const sizes = new Int32Array(folds);
  const foldOf = new Int32Array(examples.length);
  for (const group of order) {
    const fold = sizes.indexOf(Math.min(...sizes));
    for (const member of groups[group]!) foldOf[member] = fold;
    sizes[fold]! += groups[group]!.length;
  }
  return foldOf;
}

function groupMembers(examples: readonly Grouped[], folds: number): number[][] {
  const members = new Map<string, number[]>();
  for (const [i, { group }] of examples.entries()) {
    const known = members.get(group);
    if (known === undefined) members.set(group, [i]);
    else known.push(i);
  }
  return members.size < folds ? examples.map((_, i) => [i]) : [...members.values()];
}

/** A fold for a group that depends on nothing but its name and the seed, for data too large to deal. */
export function foldOfGroup(group: string, folds: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < group.length; i++) hash = Math.imul(hash ^ group.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % folds;
}
