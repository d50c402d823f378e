const FIRST_SLOTS = 1024;

/** Numbers distinct pairs of token ids in the order in which they come. */
export class PairTable {
  /** Entry + 1, 0 is empty; never more than half full. */
  #slots: Int32Array;
  #left: Int32Array;
  #right: Int32Array;
  #size = 0;

  constructor(expected = 0) {
    let slots = FIRST_SLOTS;
    while (slots < 2 * expected) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#left = new Int32Array(slots / 2);
    this.#right = new Int32Array(slots / 2);
  }

  get size(): number {
    return this.#size;
  }

  leftOf(entry: number): number {
    return this.#left[entry]!;
  }

  rightOf(entry: number): number {
    return this.#right[entry]!;
  }

  /** The number of a pair, or -1. */
  find(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right)]! - 1;
  }

  /** The number of a pair, a new one if it was not there. */
  add(left: number, right: number): number {
    const slot = this.#slotOf(left, right);
    const held = this.#slots[slot]!;
    if (held > 0) return held - 1;
    const entry = this.#size++;
    this.#left[entry] = left;
    this.#right[entry] = right;
    this.#slots[slot] = entry + 1;
    if (this.#size === this.#left.length) this.#grow();
    return entry;
  }

  #slotOf(left: number, right: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = mixed(left, right) & mask;
    for (;;) {
      const entry = slots[slot]! - 1;
      if (entry < 0 || (this.#left[entry] === left && this.#right[entry] === right)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const length = this.#slots.length * 2;
    const left = new Int32Array(length / 2);
    const right = new Int32Array(length / 2);
    left.set(this.#left);
    right.set(this.#right);
    this.#left = left;
    this.#right = right;
    this.#slots = new Int32Array(length);
    for (let entry = 0; entry < this.#size; entry++) {
      this.#slots[this.#slotOf(left[entry]!, right[entry]!)] = entry + 1;
    }
  }
}

function mixed(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
