import { asBuffer } from './json-spans.ts';

/** What an event of a stream says; `data` is null when it is only comments or blank lines. */
export interface ServerSentEvent {
  readonly event: string | null;
  readonly data: string | null;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts a stream of server-sent events at the ends of events, wherever its bytes were split on the way. The pieces it gives, one after the
 * other, are the stream's bytes unchanged: each is one event with the blank line that ends it (a line feed that follows an ending
 * carriage return in the next chunk begins the next piece).
 */
export class EventSplitter {
  /** Bytes of the event that has begun. */
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  #isLineEmpty = true;
  #afterReturn = false;
  /** The chunk has no carriage return. */
  #isPlain = true;

  /** Bytes that no blank line has ended yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** No event has begun. */
  get isBetween(): boolean {
    return this.#pendingBytes === 0 && !this.#afterReturn;
  }

  /** What came after the last whole event. */
  rest(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  /** Tells each event that `chunk` completes. */
  push(chunk: Uint8Array, onEvent: (event: Buffer) => void): void {
    const bytes = asBuffer(chunk);
    this.#isPlain = bytes.indexOf(CARRIAGE_RETURN) === -1;
    let start = 0;
    for (;;) {
      const end = this.#endOfEvent(bytes, start);
      if (end === -1) break;
      onEvent(this.#take(bytes.subarray(start, end)));
      start = end;
    }
    if (start === bytes.length) return;
    this.#pieces.push(start === 0 ? bytes : bytes.subarray(start));
    this.#pendingBytes += bytes.length - start;
  }

  #take(last: Buffer): Buffer {
    if (this.#pendingBytes === 0) return last;
    this.#pieces.push(last);
    const event = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#pendingBytes = 0;
    return event;
  }

  /** After the blank line that ends the event, or -1. */
  #endOfEvent(bytes: Buffer, from: number): number {
    return this.#isPlain && !this.#afterReturn
      ? this.#endByLineFeeds(bytes, from)
      : this.#endByAnyLine(bytes, from);
  }

  /** The same for a chunk without carriage returns, by the native search. */
  #endByLineFeeds(bytes: Buffer, from: number): number {
    let at = from;
    if (this.#isLineEmpty && bytes[from] === LINE_FEED) return from + 1;
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, at);
      if (end === -1) {
        if (bytes.length > at) this.#isLineEmpty = false;
        return -1;
      }
      this.#isLineEmpty = true;
      at = end + 1;
      if (bytes[at] === LINE_FEED) return at + 1;
    }
  }

  #endByAnyLine(bytes: Buffer, from: number): number {
    let isLineEmpty = this.#isLineEmpty;
    let afterReturn = this.#afterReturn;
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === LINE_FEED && afterReturn) {
        // The second half of a line end that was counted at its carriage return.
        afterReturn = false;
      } else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        afterReturn = byte === CARRIAGE_RETURN;
        if (isLineEmpty) {
          const isPair = afterReturn && bytes[at + 1] === LINE_FEED;
          this.#isLineEmpty = true;
          this.#afterReturn = afterReturn && !isPair;
          return at + (isPair ? 2 : 1);
        }
        isLineEmpty = true;
      } else {
        afterReturn = false;
        isLineEmpty = false;
      }
    }
    this.#isLineEmpty = isLineEmpty;
    this.#afterReturn = afterReturn;
    return -1;
  }
}

/** What the bytes of one event say. */
export function readEvent(bytes: Buffer): ServerSentEvent {
  const simple = simpleData(bytes);
  if (simple !== null) return { event: null, data: simple };
  let event: string | null = null;
  let data: string | null = null;
  const text = bytes.toString('utf8');
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') data = data === null ? value : `${data}\n${value}`;
    else if (field === 'event') event = value;
  }
  return { event: event === '' ? null : event, data };
}

/** The usual event: one line `data: …` and a blank one. */
function simpleData(bytes: Buffer): string | null {
  if (bytes[0] !== 0x64 || bytes[1] !== 0x61 || bytes[2] !== 0x74 || bytes[3] !== 0x61 || bytes[4] !== 0x3a)
    return null;
  const end = bytes.length - 2;
  if (end < 5 || bytes[end] !== LINE_FEED || bytes[end + 1] !== LINE_FEED) return null;
  const start = bytes[5] === 0x20 ? 6 : 5;
  const firstEnd = bytes.indexOf(LINE_FEED, start);
  const text = bytes.toString('utf8', start, end);
  return firstEnd === end && !text.includes('\r') ? text : null;
}
