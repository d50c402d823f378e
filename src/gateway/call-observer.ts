import type { InferenceSummary } from '../schema/inference.ts';
import type { CallFacts } from './call-facts.ts';

/** What is known of a finished call besides its summary. */
export interface CallDetails {
  /** Bytes of its bodies. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Parts of a stream that went to the client. */
  readonly parts: number;
  /** The header `traceparent` that went to the upstream; null: none did. */
  readonly traceParent: string | null;
  /** null: its body could not be read. */
  readonly facts: CallFacts | null;
  /** Its bodies; only for observers that want them. */
  readonly contents: CallContents | null;
}

/** Of a call that did not pass through the pipeline: its sizes are all that is known. */
export function sizesOnly(sizes: Pick<CallDetails, 'bytesIn' | 'bytesOut'>): CallDetails {
  return { ...sizes, parts: 0, traceParent: null, facts: null, contents: null };
}

/** The bodies of a call as JSON text, redacted. */
export interface CallContents {
  readonly request: string;
  /** A stream in one piece; null: there was no answer. */
  readonly response: string | null;
}

/** Is told of calls: metrics, spans, logs. Must not throw and must not wait. */
export interface CallObserver {
  /** Bodies are kept for it; default: not. */
  readonly wantsContents?: boolean;
  /** A call arrived; paired with exactly one `finished`. A shadow's copy only finishes. */
  started?(): void;
  /** A call ended, however it did. */
  finished(call: InferenceSummary, details: CallDetails): void;
}
