import { isUtf8 } from 'node:buffer';
import type { RowProblem } from './source-row.ts';

/** Where bytes stop being UTF-8: the index of the first byte of the first broken sequence, or null when they are valid. */
export function firstInvalidUtf8(bytes: Uint8Array): number | null {
  if (isUtf8(bytes)) return null;
  let low = 0;
  let high = bytes.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isValidPrefix(bytes, middle)) low = middle;
    else high = middle;
  }
  return startOfSequence(bytes, low);
}

/** Whether the first `length` bytes are UTF-8, a character cut off at their end allowed. */
function isValidPrefix(bytes: Uint8Array, length: number): boolean {
  for (let cut = 0; cut < 4 && cut <= length; cut++) {
    if (isUtf8(bytes.subarray(0, length - cut))) return cut === 0 || isCutCharacter(bytes, length - cut, cut);
  }
  return false;
}

function isCutCharacter(bytes: Uint8Array, start: number, length: number): boolean {
  const lead = bytes[start]!;
  const size = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (size <= length || lead > 0xf4) return false;
  for (let i = start + 1; i < start + length; i++) if ((bytes[i]! & 0xc0) !== 0x80) return false;
  return true;
}

function startOfSequence(bytes: Uint8Array, position: number): number {
  for (let start = Math.max(0, position - 3); start < position; start++) {
    if (isUtf8(bytes.subarray(0, start)) && isCutCharacter(bytes, start, position - start)) return start;
  }
  return position;
}

/** The problem to report for bytes that are not UTF-8; `offset` is their place in the file. */
export function utf8Problem(bytes: Uint8Array, offset: number): RowProblem | null {
  const position = firstInvalidUtf8(bytes);
  if (position === null) return null;
  const byte = bytes[position]!;
  const character = new TextDecoder('windows-1252').decode(Uint8Array.of(byte));
  const reading = byte >= 0xa0 ? ` ("${character}" in Windows-1252)` : '';
  return {
    expected: 'text in UTF-8',
    found: `byte 0x${byte.toString(16).toUpperCase().padStart(2, '0')}${reading} at byte offset ${offset + position}`,
    hint: 'Convert the file to UTF-8, for example with: iconv -f WINDOWS-1252 -t UTF-8 old-file > new-file',
  };
}
