import { expect, test } from 'vitest';
import { formatEstimate, formatPoints } from './format-estimate.ts';

test('estimates carry their interval, or say that it is unknown', () => {
  expect(formatEstimate({ value: 0.779, low: 0.771, high: 0.787 })).toBe('77.9 % (77.1 to 78.7)');
  expect(formatEstimate({ value: 0.779, low: null, high: null })).toBe('77.9 % (range unknown)');
  expect(formatEstimate(null)).toBe('unknown');
  expect(formatPoints({ value: 0.004, low: -0.001, high: 0.009 })).toBe('+0.4 (-0.1 to +0.9)');
  expect(formatPoints({ value: -0.0001, low: -0.02, high: 0.0002 })).toBe('0.0 (-2.0 to 0.0)');
});
