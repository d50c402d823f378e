import { grown } from './byte-span-table.ts';

const FIRST_IDS = 1024;
const KEPT_IDS = 2 ** 20;

/** Ids gathered one after the other. */
export class IdBuffer {
  #ids = new Int32Array(FIRST_IDS);
  #length = 0;

  /** Forgets what an encoding that failed may have left. */
  clear(): void {
    this.#length = 0;
  }

  push(id: number): void {
    this.#reserve(1);
    this.#ids[this.#length++] = id;
  }

  /** Appends `source[from..to)`. */
  append(source: Int32Array, from: number, to: number): void {
    this.#reserve(to - from);
    const ids = this.#ids;
    let position = this.#length;
    for (let index = from; index < to; index++) ids[position++] = source[index]!;
    this.#length = position;
  }

  /** What was gathered, and starts again. */
  take(): Int32Array {
    const taken = this.#ids.slice(0, this.#length);
    this.#length = 0;
    if (this.#ids.length > KEPT_IDS) this.#ids = new Int32Array(FIRST_IDS);
    return taken;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed > this.#ids.length) this.#ids = grown(this.#ids, needed);
  }
}
