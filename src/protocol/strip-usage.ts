import { objectSpans } from './json-spans.ts';

const USUAL = Buffer.from(',"usage":null}\n\n');
const OPEN_BRACE = 0x7b;

/**
 * The event of a chunk without its `"usage": null`, which a provider writes into every chunk when the usage was asked for. An event in
 * which it cannot be found is returned as it is.
 */
export function withoutNullUsage(event: Buffer): Buffer {
  const usualAt = event.length - USUAL.length;
  if (usualAt > 0 && event.compare(USUAL, 0, USUAL.length, usualAt) === 0)
    return without(event, usualAt, event.length - 3);
  const spans = objectSpans(event, event.indexOf(OPEN_BRACE));
  const index = spans?.members.findIndex(({ key }) => key === 'usage') ?? -1;
  if (spans === null || index === -1) return event;
  const { members } = spans;
  const { keyStart, valueEnd } = members[index]!;
  // With the comma before it, or, as the first member, with the one after it.
  const before = members[index - 1];
  const after = members[index + 1];
  if (before !== undefined) return without(event, before.valueEnd, valueEnd);
  return without(event, keyStart, after === undefined ? valueEnd : after.keyStart);
}

function without(bytes: Buffer, start: number, end: number): Buffer {
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}
