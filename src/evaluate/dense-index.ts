/** Dense numbers for names, in the order in which they first came. */
export class DenseIndex {
  readonly #numbers = new Map<string, number>();

  /** The name's number; a new one for a new name. */
  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}
