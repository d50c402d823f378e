/** Keeps count of where records begin: line, byte offset, and the bytes themselves until the record is taken. */
export class RecordPositions {
  #pending: Buffer = Buffer.alloc(0);
  /** Offset of `#pending` in the file. */
  #offset = 0;
  #cursor = 0;
  #line = 1;

  append(block: Buffer): void {
    const rest = this.#pending.subarray(this.#cursor);
    this.#offset += this.#cursor;
    this.#cursor = 0;
    this.#pending = rest.length === 0 ? block : Buffer.concat([rest, block]);
  }

  /** The record from here to `endByte`: the line it begins on (blank lines before it passed over), offset and bytes. */
  take(endByte: number): { line: number; startByte: number; bytes: Buffer } {
    this.#skipBlankLines();
    const start = this.#cursor;
    const line = this.#line;
    const end = Math.max(start, endByte - this.#offset);
    this.#advanceTo(end);
    return { line, startByte: this.#offset + start, bytes: this.#pending.subarray(start, end) };
  }

  /** The line the next record begins on. */
  nextLine(): number {
    this.#skipBlankLines();
    return this.#line;
  }

  #skipBlankLines(): void {
    for (;;) {
      const byte = this.#pending[this.#cursor];
      if (byte !== 10 && byte !== 13) return;
      if (byte === 10) this.#line += 1;
      this.#cursor += 1;
    }
  }

  #advanceTo(end: number): void {
    for (let at = this.#pending.indexOf(10, this.#cursor); at !== -1 && at < end;) {
      this.#line += 1;
      at = this.#pending.indexOf(10, at + 1);
    }
    this.#cursor = end;
  }
}
