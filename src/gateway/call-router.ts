import type { AnsweredAs } from '../schema/inference.ts';
import type { CallFacts } from './call-facts.ts';

/** Somebody who can answer a call. */
export type Target =
  | { readonly kind: 'own'; readonly task: string; readonly version: number; readonly answeredAs: AnsweredAs }
  | { readonly kind: 'upstream'; readonly upstream: string; readonly model: string };

/** Who answers a call: the first target, the next ones when those before failed before their first content. */
export interface Route {
  readonly targets: readonly Target[];
  /** Own model that gets a copy of the call afterwards, out of the caller's path. */
  readonly shadow: { readonly task: string; readonly version: number } | null;
}

/** Picks who answers. Throws the 404 (`ApiError`) for a model that nobody knows. */
export interface CallRouter {
  route(facts: CallFacts): Route | Promise<Route>;
}
