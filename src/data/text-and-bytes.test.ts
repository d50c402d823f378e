import { expect, test } from 'vitest';
import { splitLines } from './byte-lines.ts';
import { normaliseText } from './normalise-text.ts';
import { parseTime } from './parse-time.ts';
import { quoteForDisplay } from './quote-for-display.ts';
import { splitOfGroup } from './split.ts';
import { firstInvalidUtf8 } from './utf8-problem.ts';
import { wrapText } from './wrap-text.ts';

async function* blocksOf(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('lines are the same whatever the blocks', async () => {
  const text = 'one\n\ntwo é\nthree is longer\nlast';
  for (let size = 1; size < 12; size++) {
    const lines = [];
    for await (const batch of splitLines(blocksOf(text, size), 12)) {
      for (const { number, offset, bytes, terminated } of batch) {
        lines.push([number, offset, bytes?.toString() ?? null, terminated]);
      }
    }
    expect(lines).toEqual([
      [1, 0, 'one', true],
      [2, 4, '', true],
      [3, 5, 'two é', true],
      [4, 12, null, true],
      [5, 28, 'last', false],
    ]);
  }
});

test('the first byte that is not UTF-8 is found', () => {
  expect(firstInvalidUtf8(Buffer.from('fine é 👩 مرحبا'))).toBeNull();
  expect(firstInvalidUtf8(Buffer.from('caf\xe9 au lait', 'latin1'))).toBe(3);
  expect(firstInvalidUtf8(Buffer.from([0x61, 0xf0, 0x9f, 0x91]))).toBe(1);
  expect(firstInvalidUtf8(Buffer.from([0x80]))).toBe(0);
  expect(firstInvalidUtf8(Buffer.from([0xe9, 0x80, 0x62]))).toBe(0);
  const long = Buffer.from('é'.repeat(10_000));
  long[12_345] = 0x41;
  expect(firstInvalidUtf8(long)).toBe(12_344);
});

test('times are read as UTC, and what is no time is null', () => {
  expect(parseTime('2026-03-31')).toBe('2026-03-31T00:00:00.000Z');
  expect(parseTime('2026-03-31 08:30')).toBe('2026-03-31T08:30:00.000Z');
  expect(parseTime('2026-03-31T08:30:00.1234+02:00')).toBe('2026-03-31T06:30:00.123Z');
  expect(parseTime('2026-03-31T08:30:00 +0200')).toBe('2026-03-31T06:30:00.000Z');
  expect(parseTime('1774945800')).toBe('2026-03-31T08:30:00.000Z');
  expect(parseTime(1_774_945_800_000)).toBe('2026-03-31T08:30:00.000Z');
  for (const value of ['2026-02-31', '31/12/2026', '2026-13-01', 'x', '', true, Number.NaN, Infinity]) {
    expect(parseTime(value)).toBeNull();
  }
});

test('the split of a group never changes', () => {
  expect(['a', 'b', 'entity', 'user-17', ''].map(splitOfGroup)).toMatchInlineSnapshot(`
    [
      "train",
      "held-out",
      "train",
      "train",
      "train",
    ]
  `);
});

test('texts that differ in trivial ways are normalised to the same', () => {
  expect(normaliseText('  ＲＥＦＵＮＤ\u00a0my\n order ')).toBe('refund my order');
});

test('text in reports cannot break the terminal', () => {
  expect(quoteForDisplay('a\u001b[31m\u202eb\n')).toBe('"a\\u001b[31m\\u202eb\\n"');
  expect(quoteForDisplay('x'.repeat(100), 10)).toBe('"xxxxxxxxx…"');
  expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
});
