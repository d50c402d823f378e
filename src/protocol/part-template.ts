const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Keys whose values may differ from part to part without a part being another kind of thing. */
const HOLES = [
  '"content":"',
  '"delta":"',
  '"reasoning_content":"',
  '"obfuscation":"',
  '"sequence_number":',
].map((text) => ({ start: Buffer.from(text), isText: text.endsWith('"') }));

interface Hole {
  /** The bytes before it, from the last hole on. */
  readonly before: Buffer;
  readonly isText: boolean;
}

/**
 * The form of a stream's content parts, which are alike but for a few values: a part of the form of one that was parsed needs no
 * parsing. The values that may differ are strings that are not empty, and numbers, at keys that do not tell what a part is.
 */
export class PartTemplate {
  #holes: readonly Hole[] = [];
  #after: Buffer = Buffer.alloc(0);

  /** Takes the form of a part that was parsed and is content. */
  learn(part: Buffer): void {
    const holes: Hole[] = [];
    let from = 0;
    for (const { start, end, isText } of holesIn(part)) {
      holes.push({ before: part.subarray(from, start), isText });
      from = end;
    }
    this.#holes = holes;
    this.#after = part.subarray(from);
  }

  /** Whether a part has this form: then it is JSON, and content, if the one before was. */
  fits(part: Buffer): boolean {
    if (this.#holes.length === 0) return false;
    let at = 0;
    for (const { before, isText } of this.#holes) {
      if (!isAt(part, before, at)) return false;
      const start = at + before.length;
      at = isText ? endOfText(part, start) : endOfNumber(part, start);
      if (at <= start) return false;
    }
    return part.length - at === this.#after.length && isAt(part, this.#after, at);
  }
}

/** Where the values that may differ are. A key's quotes cannot stand inside a string, where they are escaped. */
function holesIn(part: Buffer): { start: number; end: number; isText: boolean }[] {
  const holes = HOLES.flatMap(({ start: key, isText }) => {
    const at = part.indexOf(key);
    if (at === -1) return [];
    const start = at + key.length;
    const end = isText ? endOfText(part, start) : endOfNumber(part, start);
    return end <= start ? [] : [{ start, end, isText }];
  });
  return holes.toSorted((a, b) => a.start - b.start);
}

function isAt(part: Buffer, expected: Buffer, at: number): boolean {
  const end = at + expected.length;
  return end <= part.length && part.compare(expected, 0, expected.length, at, end) === 0;
}

/** Where the string that began ends: its closing quote; -1 for what is no JSON string. */
function endOfText(part: Buffer, from: number): number {
  for (let at = from; at < part.length; at++) {
    const byte = part[at]!;
    if (byte === QUOTE) return at;
    if (byte < 0x20) return -1;
    if (byte === BACKSLASH) {
      const length = escapeLength(part, at);
      if (length === 0) return -1;
      at += length - 1;
    }
  }
  return -1;
}

/** How many bytes an escape has; 0: it is none. */
function escapeLength(part: Buffer, at: number): number {
  const kind = part[at + 1];
  if (kind !== 0x75) return kind !== undefined && SHORT_ESCAPES.includes(kind) ? 2 : 0;
  for (let digit = at + 2; digit < at + 6; digit++) if (!isHexadecimal(part[digit])) return 0;
  return 6;
}

const SHORT_ESCAPES = [...Buffer.from('"\\/bfnrt')];

function isHexadecimal(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const letter = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x66);
}

/** A whole number without a leading zero, so that it is JSON; -1 for anything else. */
function endOfNumber(part: Buffer, from: number): number {
  let at = from;
  while (at < part.length && part[at]! >= 0x30 && part[at]! <= 0x39) at++;
  return part[from] === 0x30 && at > from + 1 ? -1 : at;
}
