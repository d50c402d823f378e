import { expect, test } from 'vitest';
import { exampleSetOf } from '../../data/example-set.ts';
import type { Example } from '../../schema/example.ts';
import { balancedSample } from './balanced-sample.ts';
import { pickTuningExamples } from './tuning-examples.ts';

function examplesOf(counts: Record<string, number>): Example[] {
  return Object.entries(counts).flatMap(([output, count]) =>
    Array.from({ length: count }, (_, index): Example => {
      const id = `${output}${index}`;
      return {
        id,
        input: id,
        output,
        group: `${output}${index >> 1}`,
        split: 'train',
        time: null,
        weight: 1,
        origin: { file: 'f', line: index + 1 },
      };
    }),
  );
}

function countsOf(examples: readonly Example[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(examples, ({ output }) => output)].map(([label, own]) => [label, own.length]),
  );
}

test('classes share evenly and what small ones cannot give goes to the others', async () => {
  const set = exampleSetOf(examplesOf({ a: 1000, b: 10, c: 300, d: 1 }));
  const sample = await balancedSample(set, { size: 211, seed: 1 });
  expect(countsOf(sample)).toEqual({ a: 100, b: 10, c: 100, d: 1 });
  expect(await balancedSample(set, { size: 211, seed: 1 })).toEqual(sample);
  expect(await balancedSample(set, { size: 211, seed: 2 })).not.toEqual(sample);
  expect(await balancedSample(set, { size: 5000, seed: 1 })).toHaveLength(1311);
  expect(
    countsOf(await balancedSample(set, { size: 20, seed: 1, skip: ({ output }) => output === 'a' })),
  ).toEqual({ b: 9, c: 10, d: 1 });
  expect(await balancedSample(exampleSetOf([]), { size: 5, seed: 1 })).toEqual([]);
});

test('every example of a class has the same chance', async () => {
  const set = exampleSetOf(examplesOf({ a: 20 }));
  const picked = new Map<string, number>();
  for (let seed = 0; seed < 2000; seed++) {
    for (const { id } of await balancedSample(set, { size: 5, seed }))
      picked.set(id, (picked.get(id) ?? 0) + 1);
  }
  // 2000 draws of 5 in 20: 500 each, standard deviation 19.
  for (const count of picked.values()) expect(Math.abs(count - 500)).toBeLessThan(90);
  expect(picked.size).toBe(20);
});

test('tuning examples are a seeded part of validation, or of train with its groups held back', async () => {
  const train = exampleSetOf(examplesOf({ a: 100, b: 100 }));
  const validation = exampleSetOf(examplesOf({ a: 400, b: 10 }));
  const fromValidation = await pickTuningExamples({ train, validation, seed: 1 });
  expect(fromValidation).toMatchObject({ from: 'validation', examples: { length: 100 } });
  expect((await pickTuningExamples({ train, validation, seed: 1 })).examples).toEqual(
    fromValidation.examples,
  );
  expect((await pickTuningExamples({ train, validation, seed: 2 })).examples).not.toEqual(
    fromValidation.examples,
  );

  const fromTrain = await pickTuningExamples({ train, validation: exampleSetOf([]), seed: 1 });
  expect(fromTrain).toMatchObject({ from: 'train', examples: { length: 50 } });
  const groups = new Set(fromTrain.examples.map(({ group }) => group));
  for await (const example of train) expect(fromTrain.isHeldBack(example)).toBe(groups.has(example.group));
});
