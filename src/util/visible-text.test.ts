import { expect, test } from 'vitest';
import { shorten, visibleLines, visibleText } from './visible-text.ts';

test('control characters, overrides and lone surrogates become visible', () => {
  expect(visibleText('a\u0000b\u001b[31m\u202Ex\ud800y\u009b\n')).toBe('a␀b␛[31m[U+202E]x�y[U+009B]␊');
  expect(visibleLines('a\r\nb\tc\u0000')).toBe('a\nb\tc␀');
});

test('emoji sequences stay whole', () => {
  expect(visibleText('👩🏽‍💻🏳️‍🌈')).toBe('👩🏽‍💻🏳️‍🌈');
  expect(shorten('👩🏽‍💻'.repeat(5), 3)).toBe('👩🏽‍💻👩🏽‍💻…');
});

test('shortening keeps what fits and bounds what counts as one character', () => {
  expect(shorten('abc', 3)).toBe('abc');
  expect(shorten('abcd', 3)).toBe('ab…');
  expect(shorten('👩🏽‍💻👩🏽‍💻', 2)).toBe('👩🏽‍💻👩🏽‍💻');
  expect(shorten(`e${'\u0301'.repeat(100_000)}`, 10).length).toBeLessThan(100);
});
