import type { Transition } from '../store/store.ts';

/**
 * The versions that a task would fall back to, oldest first, the live one last: a promotion puts a version on
 * top, a rollback takes the top off. So two rollbacks go two models back, not to and fro.
 */
export function liveStackOf(history: readonly Transition[]): number[] {
  const stack: number[] = [];
  for (const { from, to, action, version } of history) {
    const isTakenBack = action === 'rollback' || action === 'breach' || action === 'retire';
    if (from === 'live' && isTakenBack && stack.includes(version)) stack.splice(stack.lastIndexOf(version));
    if (to !== 'live') continue;
    if (action === 'rollback' || action === 'breach') stack.splice(stack.lastIndexOf(version) + 1);
    else stack.push(version);
  }
  return stack;
}
