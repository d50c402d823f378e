import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import { blockSizeOf, quantiseMatrix, quantiseTable } from './quantise.ts';

function numbers(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random.next() * 2 - 1);
}

describe('quantiseMatrix', () => {
  it('keeps every weight within half a step of its block', () => {
    const [inputs, outputs] = [300, 7] as const;
    const weights = numbers(inputs * outputs, 1);
    const { data, scales } = quantiseMatrix(weights, [inputs, outputs]);
    const size = blockSizeOf(inputs);
    const blocks = Math.ceil(inputs / size);
    expect(data.length).toBe(outputs * blocks * size);
    for (let row = 0; row < inputs; row++) {
      for (let column = 0; column < outputs; column++) {
        const block = column * blocks + Math.floor(row / size);
        const back = (data[block * size + (row % size)]! - 128) * scales[block]!;
        expect(Math.abs(back - weights[row * outputs + column]!)).toBeLessThanOrEqual(scales[block]! * 0.501);
      }
    }
  });

  it('makes zeros of zeros, and fills a last block with them', () => {
    const { data, scales } = quantiseMatrix(new Float32Array(5), [5, 1]);
    expect([...data]).toEqual(Array.from({ length: 16 }, () => 128));
    expect([...scales]).toEqual([0]);
  });
});

describe('quantiseTable', () => {
  it('gives each row a scale of its own', () => {
    const { data, scales } = quantiseTable(Float32Array.of(0, 0, 1, -0.5, -1270, 10), [3, 2]);
    expect([...data]).toEqual([0, 0, 127, -63, -127, 1]);
    expect([...scales]).toEqual([0, Math.fround(1 / 127), 10]);
  });
});
