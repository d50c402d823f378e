/** Keeps the few samples with the highest score; of equal ones the first. */
export class TopSamples {
  readonly #limit: number;
  readonly #samples: { score: number; text: string }[] = [];

  constructor(limit = 5) {
    this.#limit = limit;
  }

  /** `describe` is called only when the sample is kept. */
  offer(score: number, describe: () => string): void {
    if (this.#samples.length === this.#limit && score <= (this.#samples.at(-1)?.score ?? 0)) return;
    const place = this.#samples.findIndex((sample) => sample.score < score);
    this.#samples.splice(place === -1 ? this.#samples.length : place, 0, { score, text: describe() });
    if (this.#samples.length > this.#limit) this.#samples.pop();
  }

  texts(): string[] {
    return this.#samples.map(({ text }) => text);
  }
}
