import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Example } from '../schema/example.ts';
import { type Random, seededRandom, shuffle } from '../util/random.ts';

/** One part of a cross-validation: what to learn from and what to judge by. Both keep the order of the examples. */
export interface Fold {
  /** From 0. */
  repeat: number;
  /** From 0, within its repeat. */
  fold: number;
  train: Example[];
  test: Example[];
}

export interface FoldOptions {
  /** Folds per repeat; fewer are made when there are fewer groups. */
  folds: number;
  repeats: number;
  seed: number;
}

/** How much even sizes count beside even outputs. */
const SIZE_WEIGHT = 0.5;

interface Group {
  name: string;
  size: number;
  /** How many of its examples have which output. */
  outputs: Map<string, number>;
}

/**
 * Grouped, roughly stratified folds: a group is never on both sides, outputs and sizes are spread evenly, and the same
 * examples and seed give the same folds. In each repeat every example is in exactly one test part.
 * Throws `data/single-group` when there are not two groups.
 */
export function crossValidationFolds(examples: readonly Example[], options: FoldOptions): Fold[] {
  const groups = groupsOf(examples);
  const folds = Math.min(options.folds, groups.length);
  if (folds < 2) throw tooFewGroups(groups.length);
  const totals = countOutputs(examples);
  return Array.from({ length: options.repeats }, (_, repeat) => repeat).flatMap((repeat) => {
    const random = seededRandom((options.seed + Math.imul(repeat + 1, 0x9e3779b9)) >>> 0);
    const foldOf = assignGroups(groups, { folds, totals, random });
    return Array.from({ length: folds }, (_, fold) => ({
      repeat,
      fold,
      train: examples.filter(({ group }) => foldOf.get(group) !== fold),
      test: examples.filter(({ group }) => foldOf.get(group) === fold),
    }));
  });
}

function groupsOf(examples: readonly Example[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { group: name, output } of examples) {
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = { name, size: 0, outputs: new Map() }));
    group.size += 1;
    group.outputs.set(output, (group.outputs.get(output) ?? 0) + 1);
  }
  return [...groups.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function countOutputs(examples: readonly Example[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { output } of examples) counts.set(output, (counts.get(output) ?? 0) + 1);
  return counts;
}

/** Gives each group, large ones first, to the fold that has least of its outputs and examples. */
function assignGroups(
  groups: readonly Group[],
  { folds, totals, random }: { folds: number; totals: ReadonlyMap<string, number>; random: Random },
): Map<string, number> {
  const examples = groups.reduce((sum, { size }) => sum + size, 0);
  const sizes = Array.from({ length: folds }, () => 0);
  const outputs = Array.from({ length: folds }, () => new Map<string, number>());
  const foldOf = new Map<string, number>();
  const order = shuffle([...groups], random).toSorted((a, b) => b.size - a.size);
  for (const group of order) {
    const costs = sizes.map((size, fold) => {
      let cost = (SIZE_WEIGHT * size * group.size) / examples;
      for (const [output, count] of group.outputs) {
        cost += (count * (outputs[fold]!.get(output) ?? 0)) / totals.get(output)!;
      }
      return cost;
    });
    const fold = costs.indexOf(Math.min(...costs));
    foldOf.set(group.name, fold);
    sizes[fold]! += group.size;
    for (const [output, count] of group.outputs) {
      outputs[fold]!.set(output, (outputs[fold]!.get(output) ?? 0) + count);
    }
  }
  return ensureNoEmptyFold(foldOf, order, folds);
}

/** With few, uneven groups a fold may have got none: it takes the last group of the fold with most groups. */
function ensureNoEmptyFold(
  foldOf: Map<string, number>,
  order: readonly Group[],
  folds: number,
): Map<string, number> {
  for (let fold = 0; fold < folds; fold++) {
    const members = Array.from({ length: folds }, () => 0);
    for (const assigned of foldOf.values()) members[assigned]! += 1;
    if (members[fold]! > 0) continue;
    const fullest = members.indexOf(Math.max(...members));
    const moved = order.findLast(({ name }) => foldOf.get(name) === fullest);
    if (moved !== undefined) foldOf.set(moved.name, fold);
  }
  return foldOf;
}

function tooFewGroups(groups: number): HomegrownError {
  return new HomegrownError({
    code: 'data/single-group',
    kind: 'refused',
    message: 'the examples cannot be cross-validated by group',
    expected: 'at least two groups and two folds',
    found: `${groups} ${groups === 1 ? 'group' : 'groups'}`,
    hint: 'Name another group column in the task’s config, or group: null to let each input be its own group.',
  });
}
