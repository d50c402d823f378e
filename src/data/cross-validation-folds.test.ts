import { expect, test } from 'vitest';
import type { Example } from '../schema/example.ts';
import { seededRandom } from '../util/random.ts';
import { crossValidationFolds } from './cross-validation-folds.ts';

function examplesOf(count: number, groupOf: (index: number) => string, outputs = 4): Example[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(index),
    input: `text ${index}`,
    output: `class ${index % outputs}`,
    group: groupOf(index),
    split: 'train',
    time: null,
    weight: 1,
    origin: { file: 'a.jsonl', line: index + 1 },
  }));
}

const options = { folds: 5, repeats: 3, seed: 7 };

test('every example is tested once per repeat and never beside its group', () => {
  const random = seededRandom(1);
  const groups = Array.from({ length: 300 }, () => `g${random.integer(60)}`);
  const examples = examplesOf(300, (index) => groups[index]!);
  const folds = crossValidationFolds(examples, options);
  expect(folds).toHaveLength(15);
  for (let repeat = 0; repeat < 3; repeat++) {
    const tested = folds.filter((fold) => fold.repeat === repeat).flatMap(({ test: part }) => part);
    expect(tested.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(
      examples.map(({ id }) => Number(id)),
    );
  }
  for (const { train, test: part } of folds) {
    expect(train.length + part.length).toBe(300);
    const trained = new Set(train.map(({ group }) => group));
    expect(part.filter(({ group }) => trained.has(group))).toEqual([]);
    expect(part.length).toBeGreaterThan(50);
    expect(part.length).toBeLessThan(70);
  }
});

test('outputs and sizes are even where groups allow it', () => {
  const examples = examplesOf(103, (index) => `g${index}`);
  for (const { test: part } of crossValidationFolds(examples, options)) {
    expect(part.length).toBeGreaterThanOrEqual(19);
    expect(part.length).toBeLessThanOrEqual(22);
    for (let output = 0; output < 4; output++) {
      const count = part.filter((example) => example.output === `class ${output}`).length;
      expect(count).toBeGreaterThanOrEqual(4);
      expect(count).toBeLessThanOrEqual(7);
    }
  }
});

test('the seed decides, and repeats differ', () => {
  const examples = examplesOf(60, (index) => `g${index % 30}`);
  const folds = crossValidationFolds(examples, options);
  expect(crossValidationFolds(examples, options)).toEqual(folds);
  expect(folds[0]!.test).not.toEqual(folds[5]!.test);
  expect(crossValidationFolds(examples, { ...options, seed: 8 })[0]!.test).not.toEqual(folds[0]!.test);
});

test('fewer groups make fewer folds, one group none', () => {
  const three = crossValidationFolds(
    examplesOf(30, (index) => `g${index === 0 ? 0 : index === 1 ? 1 : 2}`),
    options,
  );
  expect(three).toHaveLength(9);
  expect(three.every(({ test: part, train }) => part.length > 0 && train.length > 0)).toBe(true);
  expect(() =>
    crossValidationFolds(
      examplesOf(5, () => 'g'),
      options,
    ),
  ).toThrow('at least two groups');
});
