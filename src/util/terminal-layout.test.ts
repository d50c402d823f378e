import { expect, test } from 'vitest';
import { displayWidth, layOutEntry, layOutTable, wrapText } from './terminal-layout.ts';

test('wide characters take two columns, marks none', () => {
  expect(displayWidth('abc')).toBe(3);
  expect(displayWidth('漢字')).toBe(4);
  expect(displayWidth('👩🏽‍💻')).toBe(2);
  expect(displayWidth('e\u0301')).toBe(1);
});

test('columns are as wide as their widest cell', () => {
  const columns = [
    { heading: 'a', align: 'left' },
    { heading: 'b', align: 'right' },
  ] as const;
  expect(
    layOutTable(columns, [
      ['漢字', '1'],
      ['x', '22'],
    ]),
  ).toEqual(['a      b', '漢字   1', 'x     22']);
});

test('text is wrapped at blanks, and a word too long is broken', () => {
  expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
  expect(layOutEntry('- ', 'one two three', 9)).toEqual(['- one two', '  three']);
});
