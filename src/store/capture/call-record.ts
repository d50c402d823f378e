import { type Endpoint, endpointSchema } from '../../schema/inference.ts';
import type { CapturedCall } from '../capture.ts';

/** Bytes before the parts: length of the record, sequence number, time taken, flags, lengths of the three parts. */
const HEADER_BYTES = 36;
const IS_EVENT_STREAM = 1;
const HAS_RESPONSE = 2;
const HAS_FREE_TEXTS = 4;
const ENDPOINT_SHIFT = 8;
const ENDPOINTS = endpointSchema.options;

/** A call as it is handed to the thread that writes the journal. */
export interface CallRecord {
  readonly sequence: number;
  /** `monotonicMs()` when it was taken. */
  readonly takenAtMs: number;
  readonly isEventStream: boolean;
  readonly endpoint: Endpoint;
  /** Whether there is something in the summary that a client may have written: tags, an error. */
  readonly hasFreeTexts: boolean;
  /** JSON text. */
  readonly summary: Buffer;
  readonly request: Buffer;
  readonly response: Buffer | null;
  /** Of the whole record. */
  readonly bytes: number;
}

/** A clock that all threads of a process share and that nobody sets. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Most bytes that a call takes as a record. */
export function recordBytes({ request, response }: CapturedCall, summary: string): number {
  let bytes = HEADER_BYTES + summary.length * 3 + request.length;
  for (const part of response ?? []) bytes += part.length;
  return bytes;
}

/** Writes a call at `offset` and returns the offset after it, a multiple of 4. */
export function writeRecord(
  target: Buffer,
  offset: number,
  call: CapturedCall,
  facts: { summary: string; sequence: number; takenAtMs: number },
): number {
  const { request, response } = call;
  const summaryBytes = target.write(facts.summary, offset + HEADER_BYTES);
  let end = offset + HEADER_BYTES + summaryBytes;
  target.set(request, end);
  end += request.length;
  const responseStart = end;
  for (const part of response ?? []) {
    target.set(part, end);
    end += part.length;
  }
  target.writeUInt32LE(end - offset, offset);
  target.writeDoubleLE(facts.sequence, offset + 4);
  target.writeDoubleLE(facts.takenAtMs, offset + 12);
  target.writeUInt32LE(flagsOf(call), offset + 20);
  target.writeUInt32LE(summaryBytes, offset + 24);
  target.writeUInt32LE(request.length, offset + 28);
  target.writeUInt32LE(end - responseStart, offset + 32);
  return Math.ceil(end / 4) * 4;
}

function flagsOf({ summary, response, isEventStream }: CapturedCall): number {
  const hasFreeTexts = summary.error !== null || Object.keys(summary.tags).length > 0;
  return (
    (isEventStream ? IS_EVENT_STREAM : 0) |
    (response === null ? 0 : HAS_RESPONSE) |
    (hasFreeTexts ? HAS_FREE_TEXTS : 0) |
    (ENDPOINTS.indexOf(summary.endpoint) << ENDPOINT_SHIFT)
  );
}

/** The record at `offset`; its parts are views, not copies. */
export function readRecord(source: Buffer, offset: number): CallRecord {
  const bytes = source.readUInt32LE(offset);
  const flags = source.readUInt32LE(offset + 20);
  const summaryEnd = offset + HEADER_BYTES + source.readUInt32LE(offset + 24);
  const requestEnd = summaryEnd + source.readUInt32LE(offset + 28);
  const responseEnd = requestEnd + source.readUInt32LE(offset + 32);
  return {
    sequence: source.readDoubleLE(offset + 4),
    takenAtMs: source.readDoubleLE(offset + 12),
    isEventStream: (flags & IS_EVENT_STREAM) !== 0,
    endpoint: ENDPOINTS[flags >> ENDPOINT_SHIFT]!,
    hasFreeTexts: (flags & HAS_FREE_TEXTS) !== 0,
    summary: source.subarray(offset + HEADER_BYTES, summaryEnd),
    request: source.subarray(summaryEnd, requestEnd),
    response: (flags & HAS_RESPONSE) === 0 ? null : source.subarray(requestEnd, responseEnd),
    bytes,
  };
}
