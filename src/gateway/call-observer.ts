import type { InferenceSummary } from '../schema/inference.ts';

/** Is told of calls: metrics, spans, logs. Must not throw and must not wait. */
export interface CallObserver {
  /** A call arrived; paired with exactly one `finished`. */
  started?(): void;
  /** A call ended, however it did. `bytesIn` and `bytesOut` are of its bodies; `traceParent` is the one sent to the upstream. */
  finished(
    call: InferenceSummary,
    more: { bytesIn: number; bytesOut: number; parts: number; traceParent: string | null },
  ): void;
}
