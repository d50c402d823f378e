/** Code points from `from` to `to` - 1. */
export interface CodePointRange {
  from: number;
  to: number;
}

/** Reads a list of `unicode-ranges.ts`: lengths in base 36, alternately outside and inside. */
export function readRanges(lengths: string): CodePointRange[] {
  const ranges: CodePointRange[] = [];
  let position = 0;
  for (const [index, digits] of lengths.split(' ').entries()) {
    const from = position;
    position += Number.parseInt(digits, 36);
    if (index % 2 === 1) ranges.push({ from, to: position });
  }
  return ranges;
}
