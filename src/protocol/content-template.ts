const OPENING = Buffer.from('"content":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_VISIBLE = 0x20;

/**
 * Knows a part of a stream that differs from the one before in its text alone, as most do, without parsing it. The bytes around the text
 * are those of a part that was parsed, and the text is a JSON string without escapes, so the part is as well formed as that one.
 */
export class ContentTemplate {
  #before: Buffer | null = null;
  #after: Buffer | null = null;

  /** Whether the event is the learned one with another text that is not empty. */
  matches(event: Buffer): boolean {
    const before = this.#before;
    const after = this.#after;
    if (before === null || after === null) return false;
    const end = event.length - after.length;
    if (end <= before.length) return false;
    for (let at = before.length; at < end; at++) {
      const byte = event[at]!;
      if (byte === QUOTE || byte === BACKSLASH || byte < FIRST_VISIBLE) return false;
    }
    return before.compare(event, 0, before.length) === 0 && after.compare(event, end, event.length) === 0;
  }

  /** Takes an event with content that was parsed as an example; one that has not exactly one text `content` is none. */
  learn(event: Buffer): void {
    const at = event.indexOf(OPENING);
    const start = at + OPENING.length;
    const end = at === -1 ? -1 : endOfText(event, start);
    if (end === -1 || event.indexOf(OPENING, end) !== -1) return this.forget();
    // A copy: the event is a view of a chunk, which would stay in memory with it.
    const frame = Buffer.from(event);
    this.#before = frame.subarray(0, start);
    this.#after = frame.subarray(end);
  }

  forget(): void {
    this.#before = null;
    this.#after = null;
  }
}

/** Where the quote is that ends the text, or -1. */
function endOfText(event: Buffer, start: number): number {
  for (let at = start; at < event.length; at++) {
    if (event[at] === BACKSLASH) at++;
    else if (event[at] === QUOTE) return at;
  }
  return -1;
}
