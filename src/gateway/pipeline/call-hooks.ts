import type { Redactor } from '../../protocol/redaction/redactor.ts';
import type { TokenCounts } from '../../schema/inference.ts';
import type { Capture } from '../../store/capture.ts';
import type { CallObserver } from '../call-observer.ts';
import type { CallRouter, Target } from '../call-router.ts';
import type { ShadowCopy } from '../deployment/shadow-copy.ts';
import type { Gatekeeper } from '../gatekeeper.ts';

/** What an answer cost, US dollars; null when unknown. */
export type CostOf = (answer: {
  target: Target;
  tokens: TokenCounts;
  /** Milliseconds that the target worked. */
  durationMs: number;
  /** What an own model's calls to language models elsewhere cost (null: unknown); left out: it made none. */
  upstreamUsd?: number | null;
  /** The `service_tier` that the call asked for. */
  serviceTier?: string | null;
}) => number | null;

/** Everything around the way of a call that other parts decide or keep. */
export interface CallHooks {
  readonly gatekeeper: Gatekeeper;
  readonly router: CallRouter;
  /** null: nothing is kept. */
  readonly capture: Capture | null;
  readonly observers: readonly CallObserver[];
  /** Who gets copies of calls for shadows; null: nobody. */
  readonly shadows: { offer(copy: ShadowCopy): void } | null;
  readonly costOf: CostOf;
  /** The header `traceparent` that goes to the upstream, made from the client's; left out: the client's goes on as it is. */
  readonly traceParentOf?: (given: string | null) => string | null;
  /** What is replaced in bodies before observers get them; left out: nothing. */
  readonly redactor?: Redactor;
}
