import { ByteSpanTable, grown } from './byte-span-table.ts';

const MAX_ENTRIES = 2 ** 16;
const MAX_BYTES = 64;

/** Ids of pre-tokens met before; forgets everything when it is full, so that it never holds more than a few megabytes. */
export class PreTokenCache {
  readonly #table = new ByteSpanTable();
  /** The ids of entry `i` are from `ends[i - 1]` to `ends[i]`. */
  #ends = new Int32Array(1024);
  ids: Int32Array = new Int32Array(4096);

  /** The entry of a pre-token, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#table.find(bytes, start, end);
  }

  firstId(entry: number): number {
    return entry === 0 ? 0 : this.#ends[entry - 1]!;
  }

  lastId(entry: number): number {
    return this.#ends[entry]!;
  }

  add(bytes: Uint8Array, span: { start: number; end: number }, ids: Int32Array): void {
    if (span.end - span.start > MAX_BYTES) return;
    if (this.#table.size === MAX_ENTRIES) this.#table.clear();
    const entry = this.#table.add(bytes, span.start, span.end);
    const from = this.firstId(entry);
    const to = from + ids.length;
    if (to > this.ids.length) this.ids = grown(this.ids, to);
    this.ids.set(ids, from);
    if (entry === this.#ends.length) this.#ends = grown(this.#ends, entry + 1);
    this.#ends[entry] = to;
  }
}
