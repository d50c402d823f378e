import { randomBytes } from 'node:crypto';

/** A W3C trace context: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: of whoever sends it. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** Reads a valid `traceparent`. */
export function readTraceParent(text: string): TraceContext {
  const [, traceId, spanId, flags] = text.split('-');
  return { traceId: traceId!, spanId: spanId!, isSampled: (Number.parseInt(flags!, 16) & 1) === 1 };
}

/** Our part of a trace: the client's, or a new one, with a new span id; written as a `traceparent`. */
export function childTraceParent(given: string | null): string {
  const spanId = randomBytes(8).toString('hex');
  if (given === null) return `00-${randomBytes(16).toString('hex')}-${spanId}-01`;
  const { traceId, isSampled } = readTraceParent(given);
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}
