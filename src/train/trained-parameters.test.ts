import { expect, test } from 'vitest';
import type { Tensor } from '../engine/training/trainer.ts';
import { trainedParameters } from './trained-parameters.ts';

const tensor = (value: number): Tensor => ({ shape: [1], data: Float32Array.from([value]) });

test('averaged weights come first, the weights themselves otherwise', () => {
  const plain: [string, Tensor][] = [
    ['parameter/head.weight', tensor(1)],
    ['first-moment/head.weight', tensor(2)],
  ];
  expect(trainedParameters(new Map(plain))).toEqual(new Map([['head.weight', tensor(1)]]));
  const averaged = new Map([...plain, ['average/head.weight', tensor(3)] as const]);
  expect(trainedParameters(averaged)).toEqual(new Map([['head.weight', tensor(3)]]));
});
