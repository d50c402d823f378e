import type { Endpoint } from '../schema/inference.ts';
import { AlikeParts } from './alike-parts.ts';
import { ChatStreamMerger } from './merge-chat-stream.ts';
import { isObject, type JsonObject } from './merge-delta.ts';
import { ResponseStreamMerger } from './merge-response-stream.ts';
import { EventSplitter, readEvent, type ServerSentEvent } from './server-sent-events.ts';

/** A streamed answer in one piece. */
export interface MergedStream {
  /** As the API would have answered without a stream; one that is not whole has `homegrown: { partial: <why> }`. */
  readonly answer: JsonObject;
  /** Why it is not whole; null when it is. */
  readonly missing: string | null;
}

/** Adds up the server-sent events of an answer of chat completions or responses. Never throws: what cannot be read makes it partial. */
export function mergeStream(endpoint: Endpoint, body: Uint8Array): MergedStream {
  return endpoint === 'responses' ? mergedResponse(body) : mergedChat(body);
}

function mergedChat(body: Uint8Array): MergedStream {
  const merger = new ChatStreamMerger();
  const alike = new AlikeParts();
  let unreadable = 0;
  for (const { data } of eventsOf(body)) {
    if (isNothing(data)) continue;
    const known = alike.textOf(data);
    if (known !== null) {
      merger.addText(known.choice, known.text);
      continue;
    }
    const part = parsed(data);
    if (part === null) {
      unreadable++;
      continue;
    }
    merger.add(part);
    alike.learn(data, part);
  }
  return mergedOf(merger, unreadable);
}

function mergedResponse(body: Uint8Array): MergedStream {
  const merger = new ResponseStreamMerger();
  let unreadable = 0;
  for (const { event, data } of eventsOf(body)) {
    if (isNothing(data)) continue;
    const part = parsed(data);
    if (part === null) unreadable++;
    else merger.add(part['type'] === undefined ? { ...part, type: event } : part);
  }
  return mergedOf(merger, unreadable);
}

function isNothing(data: string | null): data is null {
  return data === null || data.trim() === '[DONE]';
}

function mergedOf(
  merger: { readonly missing: string | null; answer(): JsonObject },
  unreadable: number,
): MergedStream {
  const missing =
    merger.missing ?? (unreadable === 0 ? null : `${unreadable} unreadable parts in the stream`);
  const answer = merger.answer();
  return missing === null
    ? { answer, missing }
    : { answer: { ...answer, homegrown: { partial: missing } }, missing };
}

/** The last one may be cut: what is in it tells whether it is whole. */
function eventsOf(body: Uint8Array): ServerSentEvent[] {
  const splitter = new EventSplitter();
  const events: ServerSentEvent[] = [];
  splitter.push(body, (bytes) => events.push(readEvent(bytes)));
  return [...events, readEvent(splitter.rest())];
}

function parsed(data: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
