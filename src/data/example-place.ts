import type { Example } from '../schema/example.ts';

/** Where an example came from, for messages: `data/a.csv:12`, or the id of a captured call. */
export function placeOfExample(origin: Example['origin']): string {
  return 'inference' in origin ? origin.inference : `${origin.file}:${origin.line}`;
}
