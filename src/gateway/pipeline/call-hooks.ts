import type { TokenCounts } from '../../schema/inference.ts';
import type { Capture } from '../../store/capture.ts';
import type { CallObserver } from '../call-observer.ts';
import type { CallRouter, Target } from '../call-router.ts';
import type { Gatekeeper } from '../gatekeeper.ts';

/** What an answer cost, US dollars; null when unknown. */
export type CostOf = (answer: {
  target: Target;
  tokens: TokenCounts;
  /** Milliseconds that the target worked. */
  durationMs: number;
}) => number | null;

/** Everything around the way of a call that other parts decide or keep. */
export interface CallHooks {
  readonly gatekeeper: Gatekeeper;
  readonly router: CallRouter;
  /** null: nothing is kept. */
  readonly capture: Capture | null;
  readonly observers: readonly CallObserver[];
  readonly costOf: CostOf;
  /** The header `traceparent` that goes to the upstream, made from the client's; left out: the client's goes on as it is. */
  readonly traceParentOf?: (given: string | null) => string | null;
}
