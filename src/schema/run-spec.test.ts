import { expect, test } from 'vitest';
import { softmaxSpec } from '../train/softmax-trainer.conformance.ts';
import { type RunSpec, runSpecSchema } from './run-spec.ts';

const spec = softmaxSpec();

test('a spec survives being written and read', () => {
  expect(runSpecSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
});

test.each<[string, object, string]>([
  ['a key that nobody knows', { learningRate: 1 }, 'learningRate'],
  [
    'heads that do not divide the width',
    { architecture: { ...spec.architecture, heads: 3 } },
    'multiple of heads',
  ],
  ['a key of another optimizer', { optimizer: { ...spec.optimizer, beta1: 0.9 } }, 'beta1'],
  [
    'a decay without its length',
    { schedule: { ...spec.schedule, kind: 'warmup-stable-decay' } },
    'decaySteps',
  ],
  [
    'a decay length that means nothing',
    { schedule: { ...spec.schedule, decaySteps: 3 } },
    'needed by warmup-stable-decay',
  ],
  ['a warm-up longer than the run', { schedule: { ...spec.schedule, warmupSteps: 61 } }, 'warm-up and decay'],
  ['a seed of more than 32 bits', { seed: 2 ** 32 }, 'seed'],
  ['no threads', { threads: 0 } satisfies Partial<RunSpec>, 'threads'],
])('%s is refused', (_name, changes, text) => {
  const { error } = runSpecSchema.safeParse({ ...spec, ...changes });
  expect(error?.message).toContain(text);
});
