import { describe, expect, it } from 'vitest';
import { chooseRows } from './row-table.ts';

describe('chooseRows', () => {
  const textsWith = Uint32Array.from([0, 3, 1, 2, 2, 9, 2]);

  it('gives a row to each bucket met often enough, in the order of the buckets', () => {
    const { rowOf, idf } = chooseRows(textsWith, 9, { minTexts: 2, maxRows: 100 });
    expect([...rowOf]).toEqual([-1, 0, -1, 1, 2, 3, 4]);
    expect(idf[0]).toBeCloseTo(Math.log(10 / 4) + 1, 6);
    expect(idf[3]).toBe(1);
  });

  it('takes the commonest, and of equals the first, when there are too many', () => {
    expect([...chooseRows(textsWith, 9, { minTexts: 1, maxRows: 3 }).rowOf]).toEqual([
      -1, 0, -1, 1, -1, 2, -1,
    ]);
  });

  it('never gives a row to a bucket that was not met', () => {
    expect(chooseRows(new Uint32Array(4), 0, { minTexts: 0, maxRows: 4 }).idf).toHaveLength(0);
  });
});
