import { inputOfCall } from '../../task/call-mapping.ts';
import { chatRequestOf } from '../../task/chat-view.ts';
import type { CallFacts } from '../call-facts.ts';
import type { Route, Target } from '../call-router.ts';
import type { ModelPool } from '../model-pool.ts';
import { stickyShare } from './sticky-share.ts';

/** The own models that are asked for a call of a task, first the one that should answer, and the shadow that gets a copy. */
export interface OwnRoute {
  readonly targets: readonly Target[];
  readonly shadow: Route['shadow'];
}

const NOBODY: OwnRoute = { targets: [], shadow: null };

/**
 * Picks the own models for a call: the canary for its share of users (else groups, else calls), then whoever is live. `mustMap`: a
 * call that does not map to the task is for none of them.
 */
export function ownRoute(
  facts: CallFacts,
  task: string,
  { pool, mustMap }: { pool: ModelPool; mustMap: boolean },
): OwnRoute {
  const live = pool.servingVersion(task);
  const canary = pool.candidate(task, 'canary');
  const shadow = pool.candidate(task, 'shadow');
  if (live === null && canary === null && shadow === null) return NOBODY;
  if (mustMap && !maps(facts, task, pool)) return NOBODY;
  const targets: Target[] = [];
  const isChosen =
    canary !== null && stickyShare(canary.salt, facts.user ?? facts.group ?? facts.id) < canary.share;
  if (isChosen) targets.push({ kind: 'own', task, version: canary.version, answeredAs: 'canary' });
  if (live !== null) targets.push({ kind: 'own', task, version: live, answeredAs: 'live' });
  const isCopied = shadow !== null && stickyShare(shadow.salt, facts.id) < shadow.share;
  return { targets, shadow: isCopied ? { task, version: shadow.version } : null };
}

/** Whether an own model could read the call: only the mapping decides, which the models use as well. */
function maps(facts: CallFacts, name: string, pool: ModelPool): boolean {
  const request = chatRequestOf(facts.endpoint, facts.request);
  return request !== null && inputOfCall(pool.taskOf(name)!, request).mapped;
}
