import type { ExampleSet } from './example-set.ts';

/**
 * The first `limit` examples of a set. A data-set version is in the order of its inputs' hashes, so a prefix is a fixed,
 * uniform subset, and the prefixes that two candidates are judged on share their examples.
 */
export function firstExamples(examples: ExampleSet, limit: number): ExampleSet {
  if (examples.count <= limit) return examples;
  return {
    count: limit,
    async *[Symbol.asyncIterator]() {
      let seen = 0;
      for await (const example of examples) {
        yield example;
        if (++seen === limit) return;
      }
    },
  };
}
