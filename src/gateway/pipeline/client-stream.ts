import type { OutgoingHttpHeaders } from 'node:http';
import type { GatewayCall } from './gateway-call.ts';

/** The client's side of a stream: bytes are held until `open`, then go out as they come, no faster than the client reads. */
export class ClientStream {
  /** What the client gets, for the capture; empty when nothing is kept. */
  readonly bytes: Uint8Array[] = [];
  isOpen = false;
  readonly #call: GatewayCall;
  readonly #options: { keeps: boolean; onFull(): void; onDrain(): void };
  /** To be written: before `open` all of it, then what one chunk brought. */
  #waiting: Buffer[] = [];
  #waitingParts = 0;
  #isHolding = false;
  #tail: Buffer[] = [];
  #isFull = false;
  #isDue = false;
  readonly #drain = (): void => {
    this.#isFull = false;
    this.#options.onDrain();
  };

  constructor(call: GatewayCall, options: { keeps: boolean; onFull(): void; onDrain(): void }) {
    this.#call = call;
    this.#options = options;
  }

  open(status: number, headers: OutgoingHttpHeaders): void {
    this.isOpen = true;
    this.#call.outgoing.writeHead(status, headers);
  }

  add(event: Buffer): void {
    if (this.#isHolding) {
      this.#tail.push(event);
      this.#call.parts++;
      return;
    }
    this.#waiting.push(event);
    this.#waitingParts++;
  }

  /** What is added from now on is kept for `takeTail`. */
  hold(): void {
    this.flush();
    this.#isHolding = true;
  }

  /** Writes what waits: at once, or, if something was written just now, when all that has arrived is read, so that many small parts become one write. */
  flushSoon(): void {
    if (this.#isDue || !this.isOpen) return;
    // Node itself holds back what it is given until the end of the turn.
    if (this.#call.outgoing.writableCorked === 0 && this.#call.outgoing.socket?.writableCorked === 0)
      return this.flush();
    this.#isDue = true;
    process.nextTick(this.#flushDue);
  }

  readonly #flushDue = (): void => {
    this.#isDue = false;
    this.flush();
  };

  /** Writes what waits, if the stream is open. */
  flush(): void {
    if (!this.isOpen || this.#waiting.length === 0) return;
    const bytes = joined(this.#waiting);
    this.#waiting = [];
    this.#call.parts += this.#waitingParts;
    this.#waitingParts = 0;
    this.#call.bytesOut += bytes.length;
    if (this.#options.keeps) this.bytes.push(bytes);
    const { outgoing } = this.#call;
    if (outgoing.write(bytes) || this.#isFull || this.#call.hasLeft) return;
    this.#isFull = true;
    this.#options.onFull();
    outgoing.once('drain', this.#drain);
  }

  /** Writes what waits, and gives what was held at the end. */
  takeTail(): Buffer | null {
    this.flush();
    if (this.#tail.length === 0) return null;
    const tail = joined(this.#tail);
    this.#tail = [];
    this.#call.bytesOut += tail.length;
    if (this.#options.keeps) this.bytes.push(tail);
    return tail;
  }

  stop(): void {
    this.#call.outgoing.off('drain', this.#drain);
  }
}

/** The pieces as one: without a copy when they lie one after the other in one chunk. */
function joined(pieces: readonly Buffer[]): Buffer {
  const first = pieces[0]!;
  if (pieces.length === 1) return first;
  let end = first.byteOffset;
  for (const piece of pieces) {
    if (piece.buffer !== first.buffer || piece.byteOffset !== end) return Buffer.concat(pieces);
    end += piece.length;
  }
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
}
