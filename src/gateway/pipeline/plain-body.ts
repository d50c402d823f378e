/** A body that is read whole, up to a limit. */
export class PlainBody {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether it still fits. */
  add(bytes: Uint8Array): boolean {
    this.#length += bytes.length;
    if (this.#length > this.#maxBytes) return false;
    this.#pieces.push(bytes);
    return true;
  }

  bytes(): Uint8Array {
    return this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
  }
}
