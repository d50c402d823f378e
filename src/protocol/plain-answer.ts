import type { Endpoint, TokenCounts } from '../schema/inference.ts';
import { asBuffer, objectSpans, textOf } from './json-spans.ts';
import { type ProviderError, providerErrorOf } from './provider-error.ts';
import { tokenCountsOf } from './token-counts.ts';
import { isRecord } from '../util/is-record.ts';

/** What a whole answer that is not streamed says of itself. */
export type PlainAnswer =
  | { readonly kind: 'good'; readonly responseId: string | null; readonly tokens: TokenCounts | null }
  /** An object with an `error` in it, whatever its HTTP status was. */
  | { readonly kind: 'error'; readonly error: ProviderError; readonly responseId: string | null }
  | { readonly kind: 'malformed'; readonly why: string };

/** The list that an answer of an endpoint cannot be without. */
const LIST_OF: Readonly<Record<Endpoint, string>> = {
  'chat-completions': 'choices',
  responses: 'output',
  embeddings: 'data',
  predict: 'predictions',
};
/** Longer answers, which are numbers or pictures, are looked over without being turned into objects. */
const PARSE_AT_MOST = 256 * 1024;

/** Checks a whole body of status 200: a JSON object of the endpoint's form without an error in it. */
export function readPlainAnswer(endpoint: Endpoint, body: Uint8Array): PlainAnswer {
  const members = body.length <= PARSE_AT_MOST ? parsed(body) : outlined(body);
  if (members === null) return { kind: 'malformed', why: 'the body is no JSON object' };
  const id = members['id'];
  const responseId = typeof id === 'string' && id !== '' ? id : null;
  const error = members['error'];
  if (error !== undefined && error !== null && error !== false && error !== '')
    return { kind: 'error', error: providerErrorOf(error), responseId };
  const list = LIST_OF[endpoint];
  if (!Array.isArray(members[list])) return { kind: 'malformed', why: `the answer has no list "${list}"` };
  return { kind: 'good', responseId, tokens: tokenCountsOf(members['usage']) };
}

/** The error in a body of an error status, if it has one. */
export function errorInBody(body: Uint8Array): ProviderError | null {
  const members = body.length <= PARSE_AT_MOST ? parsed(body) : null;
  if (members === null) return null;
  return providerErrorOf(members['error'] ?? members);
}

function parsed(body: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(asBuffer(body).toString('utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** The same for a long body: short members are read, of a list only that it is one. */
function outlined(body: Uint8Array): Record<string, unknown> | null {
  const spans = objectSpans(body);
  if (spans === null || textOf(body, spans.end, body.length).trim() !== '') return null;
  const members: Record<string, unknown> = {};
  for (const { key, valueStart, valueEnd } of spans.members) {
    if (body[valueStart] === 0x5b) members[key] = [];
    else if (valueEnd - valueStart > PARSE_AT_MOST) members[key] = true;
    else if (!parseInto(members, key, textOf(body, valueStart, valueEnd))) return null;
  }
  return members;
}

function parseInto(members: Record<string, unknown>, key: string, text: string): boolean {
  try {
    members[key] = JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
