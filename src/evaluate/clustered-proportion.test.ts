import { describe, expect, it } from 'vitest';
import { clusteredProportion, wilson } from './clustered-proportion.ts';
import { goldens } from './goldens/read-goldens.ts';
import { GroupMoments } from './group-moments.ts';

function momentsFrom(groups: readonly (readonly [right: number, trials: number])[]): GroupMoments {
  const moments = new GroupMoments();
  for (const [right, trials] of groups) moments.add(right, trials);
  return moments;
}

function repeated(group: readonly [number, number], times: number): (readonly [number, number])[] {
  return Array.from({ length: times }, () => group);
}

describe('clusteredProportion', () => {
  it.each(goldens.wilson)('is scipy’s Wilson interval for $right of $trials single examples', (golden) => {
    const { right, trials } = golden;
    const estimate = clusteredProportion(
      momentsFrom([...repeated([1, 1], right), ...repeated([0, 1], trials - right)]),
    );
    expect(estimate?.value).toBeCloseTo(right / trials, 12);
    expect(estimate?.low).toBeCloseTo(golden.low, 6);
    expect(estimate?.high).toBeCloseTo(golden.high, 6);
  });

  it('lets ten groups of six without a mistake tell no more than ten examples do', () => {
    const estimate = clusteredProportion(momentsFrom(repeated([6, 6], 10)));
    expect(estimate?.low).toBeLessThanOrEqual(wilson(1, 10).low);
    expect(estimate?.low).toBeGreaterThan(0.5);
    expect(estimate?.high).toBe(1);
  });

  it('is wider when the mistakes sit in the same groups', () => {
    const spread = clusteredProportion(momentsFrom(repeated([3, 4], 40)))!;
    const together = clusteredProportion(momentsFrom([...repeated([4, 4], 30), ...repeated([0, 4], 10)]))!;
    expect(together.value).toBe(spread.value);
    expect(together.high! - together.low!).toBeGreaterThan(1.7 * (spread.high! - spread.low!));
  });

  it('is null without trials and has unknown bounds for one group', () => {
    expect(clusteredProportion(new GroupMoments())).toBeNull();
    expect(clusteredProportion(momentsFrom([[3, 4]]))).toEqual({ value: 0.75, low: null, high: null });
  });
});
