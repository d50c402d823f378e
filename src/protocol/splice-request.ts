import { asBuffer, type MemberSpan, objectSpans, type ObjectSpans, textOf } from './json-spans.ts';

/** What is changed in a request's body; every other byte stays. */
export interface RequestChanges {
  /** The name of the model that the provider is to read. */
  readonly model?: string;
  /** Ask for a last part with the usage of a stream. */
  readonly includeUsage?: boolean;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const WANTED = '"include_usage":true';

/**
 * The body with every top-level `model` replaced and `stream_options.include_usage` set. `body` is a JSON object that was parsed before;
 * one that needs no change is returned itself.
 */
export function spliceRequest(body: Uint8Array, changes: RequestChanges): Uint8Array {
  const spans = objectSpans(body);
  if (spans === null) return body;
  const edits: Edit[] = [];
  if (changes.model !== undefined) editModel(edits, body, spans, changes.model);
  if (changes.includeUsage === true) editStreamOptions(edits, body, spans);
  return spliced(body, edits);
}

function editModel(edits: Edit[], body: Uint8Array, { members }: ObjectSpans, model: string): void {
  const text = JSON.stringify(model);
  for (const { key, valueStart, valueEnd } of members) {
    if (key === 'model' && textOf(body, valueStart, valueEnd) !== text)
      edits.push({ start: valueStart, end: valueEnd, text });
  }
}

function editStreamOptions(edits: Edit[], body: Uint8Array, spans: ObjectSpans): void {
  const present = spans.members.filter(({ key }) => key === 'stream_options');
  for (const member of present) editOptions(edits, body, member);
  if (present.length > 0) return;
  const at = spans.end - 1;
  const comma = spans.members.length > 0 ? ',' : '';
  edits.push({ start: at, end: at, text: `${comma}"stream_options":{${WANTED}}` });
}

/** Inside the value of `stream_options`: an object, or null, which means that it is absent. Anything else is the provider's to refuse. */
function editOptions(edits: Edit[], body: Uint8Array, { valueStart, valueEnd }: MemberSpan): void {
  const inner = objectSpans(body, valueStart);
  if (inner === null) {
    if (textOf(body, valueStart, valueEnd) === 'null')
      edits.push({ start: valueStart, end: valueEnd, text: `{${WANTED}}` });
    return;
  }
  const stated = inner.members.filter(({ key }) => key === 'include_usage');
  for (const { valueStart: start, valueEnd: end } of stated) {
    if (textOf(body, start, end) !== 'true') edits.push({ start, end, text: 'true' });
  }
  if (stated.length > 0) return;
  const at = inner.start + 1;
  edits.push({ start: at, end: at, text: inner.members.length > 0 ? `${WANTED},` : WANTED });
}

function spliced(body: Uint8Array, edits: readonly Edit[]): Uint8Array {
  if (edits.length === 0) return body;
  const bytes = asBuffer(body);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(bytes.subarray(from, start), Buffer.from(text));
    from = end;
  }
  pieces.push(bytes.subarray(from));
  return Buffer.concat(pieces);
}
