import type { Transition } from '../store/store.ts';

/**
 * The versions that a task would fall back to, oldest first, the live one last: a promotion puts a version on
 * top, a rollback takes the top off. So two rollbacks go two models back, not to and fro.
 */
export function liveStackOf(history: readonly Transition[]): number[] {
  const stack: number[] = [];
  for (const { to, action, version } of history) {
    if (to !== 'live') continue;
    if (action === 'rollback') stack.splice(stack.lastIndexOf(version) + 1);
    else stack.push(version);
  }
  return stack;
}
