import type { DatasetManifest } from '../schema/dataset-manifest.ts';
import type { Example } from '../schema/example.ts';

interface ClassTally {
  train: number;
  validation: number;
  heldOut: number;
}

/** Counts what a data-set version holds while its examples go by. */
export class VersionStatistics {
  examples = 0;
  readonly splits: ClassTally = { train: 0, validation: 0, heldOut: 0 };
  readonly #classes = new Map<string, ClassTally>();
  readonly #lengths = new Map<number, number>();

  add({ input, output, split }: Pick<Example, 'input' | 'output' | 'split'>): void {
    this.examples += 1;
    const tally = this.#classes.get(output) ?? { train: 0, validation: 0, heldOut: 0 };
    this.#classes.set(output, tally);
    const key = split === 'held-out' ? 'heldOut' : split;
    tally[key] += 1;
    this.splits[key] += 1;
    this.#lengths.set(input.length, (this.#lengths.get(input.length) ?? 0) + 1);
  }

  /** Sorted by label. */
  classes(): DatasetManifest['classes'] {
    return [...this.#classes]
      .map(([label, tally]) => ({ label, ...tally }))
      .toSorted((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
  }

  inputLength(): DatasetManifest['inputLength'] {
    const lengths = [...this.#lengths].toSorted(([a], [b]) => a - b);
    const quantile = (share: number): number => {
      let remaining = Math.ceil(share * this.examples);
      for (const [length, count] of lengths) {
        remaining -= count;
        if (remaining <= 0) return length;
      }
      return 0;
    };
    return { median: quantile(0.5), p95: quantile(0.95), max: lengths.at(-1)?.[0] ?? 0 };
  }
}
