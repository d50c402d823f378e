import type { Example } from '../schema/example.ts';

/** Examples that can be read again and again, always in the same order, without holding them all in memory. */
export interface ExampleSet extends AsyncIterable<Example> {
  readonly count: number;
}

/** An example set over an array, for small data and for folds of a cross-validation. */
export function exampleSetOf(examples: readonly Example[]): ExampleSet {
  return {
    count: examples.length,
    async *[Symbol.asyncIterator]() {
      yield* examples;
    },
  };
}
