import { expect, test } from 'vitest';
import { comparableOutput, outputPattern } from './output-pattern.ts';

test.each([
  ['bag  77.9 %', 'bag  77.9 %\n', true],
  ['bag  77.9 %', 'bag  78.0 %\n', false],
  ['bag  … %', 'bag  78.0 %', true],
  ['bag  … %', 'bag  78.0 %\nblend', false],
  ['first\n…\nlast', 'first\na\nb\nlast\n', true],
  ['first\n…\nlast', 'first\nlast\n', true],
  ['first\n…\nlast', 'first\na\nb\n', false],
  ['(.*)', 'anything', false],
])('%j shown, %j printed: %s', (shown, printed, matches) => {
  expect(outputPattern(shown).test(comparableOutput(printed))).toBe(matches);
});
