import type { CallFacts } from '../call-facts.ts';
import type { Caller } from '../gatekeeper.ts';
import { adminOnly, taskNotAllowed } from './access-errors.ts';

/** Throws the 403 unless the caller may change deployments, keys and data. */
export function requireAdmin(caller: Caller): void {
  if (caller.role !== 'admin') throw adminOnly(caller.key);
}

/** Throws the 403 for a call, or an own model that may answer it, outside of the caller's tasks. */
export function requireScope(caller: Caller, facts: CallFacts, targets: readonly string[]): void {
  if (caller.tasks === null) return;
  if (!caller.mayCall(facts.task)) throw taskNotAllowed(caller, facts.task);
  for (const target of targets) {
    const task = taskOfOwnModel(target);
    if (task !== null && !caller.mayCall(task)) throw taskNotAllowed(caller, task);
  }
}

/** `<task>@<version>`; an upstream's model has a slash. */
function taskOfOwnModel(target: string): string | null {
  return target.includes('/') ? null : target.slice(0, Math.max(0, target.lastIndexOf('@'))) || null;
}
