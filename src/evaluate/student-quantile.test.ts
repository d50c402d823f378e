import { describe, expect, it } from 'vitest';
import { goldens } from './goldens/read-goldens.ts';
import { normalQuantile, studentQuantile } from './student-quantile.ts';

describe('quantiles against scipy', () => {
  it.each(goldens.normal)('normal at $p', ({ p, quantile }) => {
    expect(normalQuantile(p)).toBeCloseTo(quantile, 5);
  });

  it.each(goldens.student)(
    'Student at $p with $degreesOfFreedom degrees',
    ({ p, degreesOfFreedom, quantile }) => {
      expect(Math.abs(studentQuantile(p, degreesOfFreedom) / quantile - 1)).toBeLessThan(1e-3);
    },
  );
});
