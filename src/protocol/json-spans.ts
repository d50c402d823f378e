/** One member of a JSON object, as byte offsets into the text that holds it. */
export interface MemberSpan {
  /** The key as `JSON.parse` reads it. */
  readonly key: string;
  /** First byte of the key's opening quote. */
  readonly keyStart: number;
  readonly valueStart: number;
  /** After the value's last byte. */
  readonly valueEnd: number;
}

/** A JSON object's members and where its braces are. */
export interface ObjectSpans {
  /** Offset of `{`. */
  readonly start: number;
  /** After `}`. */
  readonly end: number;
  /** In their order, with those that come twice. */
  readonly members: readonly MemberSpan[];
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** Strings are searched byte by byte as far as this, then with the native search, which pays for long ones. */
const SHORT_STRING = 24;

/**
 * Where the members of a JSON object are. `bytes` must hold an object that `JSON.parse` accepts, perhaps after a byte order mark;
 * of other texts it says null, or something about the part before they break.
 */
export function objectSpans(bytes: Uint8Array, from = 0): ObjectSpans | null {
  const start = skipSpace(bytes, from === 0 ? skipMark(bytes) : from);
  if (bytes[start] !== OPEN_BRACE) return null;
  const members: MemberSpan[] = [];
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACE) return { start, end: at + 1, members };
  while (bytes[at] === QUOTE) {
    const keyStart = at;
    const keyEnd = skipString(bytes, at);
    at = skipSpace(bytes, keyEnd);
    if (bytes[at] !== COLON) return null;
    const valueStart = skipSpace(bytes, at + 1);
    const valueEnd = skipValue(bytes, valueStart);
    if (valueEnd === valueStart) return null;
    members.push({ key: keyText(bytes, keyStart, keyEnd), keyStart, valueStart, valueEnd });
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] === CLOSE_BRACE) return { start, end: at + 1, members };
    if (bytes[at] !== COMMA) return null;
    at = skipSpace(bytes, at + 1);
  }
  return null;
}

/** The text of a span of UTF-8. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('utf8', start, end);
}

/** The same bytes as a Buffer, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function keyText(bytes: Uint8Array, start: number, end: number): string {
  const text = textOf(bytes, start + 1, end - 1);
  return text.includes('\\') ? unescaped(text) : text;
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}

function skipMark(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** After the closing quote of the string that opens at `from`, or the end of the text. */
function skipString(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  let at = from + 1;
  for (const near = Math.min(length, at + SHORT_STRING); at < near; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at++;
  }
  while (at < length) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) return length;
    let slashes = 0;
    // A backslash before `at` was passed together with the byte it escapes.
    while (quote - slashes > at && bytes[quote - slashes - 1] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
  return length;
}

function skipValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(bytes, from);
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte <= 0x20 || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) break;
  }
  return at;
}

function skipNested(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  let depth = 0;
  let at = from;
  while (at < length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
  }
  return length;
}
