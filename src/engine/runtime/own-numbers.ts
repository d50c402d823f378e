import type { Feeds, Tensor } from '../training/trainer.ts';

/** The same numbers in memory that holds nothing else: sending a view to a worker would send all that is behind it. */
export function ownNumbers<Data extends Float32Array | Int32Array>(data: Data): Data {
  const alone = data.byteLength === data.buffer.byteLength && data.buffer instanceof ArrayBuffer;
  return alone ? data : (data.slice() as Data);
}

/** Some of the feeds, each in memory of its own. */
export function ownFeeds(feeds: Feeds, names: readonly string[]): Record<string, Tensor> {
  return Object.fromEntries(
    names.map((name) => {
      const { shape, data } = feeds[name]!;
      return [name, { shape, data: ownNumbers(data) }];
    }),
  );
}
