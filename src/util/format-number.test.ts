import { expect, test } from 'vitest';
import { formatBytes, formatMilliseconds, formatPercent, formatSeconds, formatUsd } from './format-number.ts';

test.each([
  [0.7789, '77.9 %'],
  [1, '100.0 %'],
  [0.99999, '> 99.9 %'],
  [0, '0.0 %'],
  [0.0001, '< 0.1 %'],
  [Number.NaN, 'unknown'],
])('share %d', (share, text) => expect(formatPercent(share)).toBe(text));

test.each([
  [0.0421, '42 µs'],
  [0.00042, '0.42 µs'],
  [0.9996, '1.0 ms'],
  [3.44, '3.4 ms'],
  [9.97, '10 ms'],
  [850.4, '850 ms'],
  [999.7, '1.0 s'],
  [1234, '1.2 s'],
  [0, '0 µs'],
])('%d ms', (value, text) => expect(formatMilliseconds(value)).toBe(text));

test.each([
  [0.42, '0.4 s'],
  [34.4, '34 s'],
  [250, '4 min 10 s'],
  [600, '10 min'],
  [6000, '1 h 40 min'],
])('%d s', (value, text) => expect(formatSeconds(value)).toBe(text));

test.each([
  [null, 'unknown'],
  [0, '$0'],
  [0.000001, '<$0.0001'],
  [0.00213, '$0.0021'],
  [0.05, '$0.050'],
  [1.239, '$1.24'],
  [1240, '$1,240'],
])('%s dollars', (value, text) => expect(formatUsd(value)).toBe(text));

test.each([
  [0, '0 B'],
  [940_000, '940 kB'],
  [9_410_000, '9.4 MB'],
  [999_900, '1.0 MB'],
  [12_300_000_000, '12 GB'],
])('%d bytes', (value, text) => expect(formatBytes(value)).toBe(text));
