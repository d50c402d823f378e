import type { Transition } from '../store/store.ts';

/**
 * The versions that a task would fall back to, oldest first, the live one last: a promotion puts a version on
 * top, a rollback takes the top off. So two rollbacks go two models back, not to and fro. A version from which examples were erased
 * is everywhere replaced by the one that took its place.
 */
export function liveStackOf(history: readonly Transition[]): number[] {
  const stack: number[] = [];
  let erased: number | null = null;
  for (const { from, to, action, version } of history) {
    if (action === 'erase') {
      if (erased !== null) replaceAll(stack, erased, version);
      erased = erased === null ? version : null;
      continue;
    }
    const isTakenBack = action === 'rollback' || action === 'breach' || action === 'retire';
    if (from === 'live' && isTakenBack && stack.includes(version)) stack.splice(stack.lastIndexOf(version));
    if (to !== 'live') continue;
    if (action === 'rollback' || action === 'breach') stack.splice(stack.lastIndexOf(version) + 1);
    else stack.push(version);
  }
  return stack;
}

/** Erasures come as two transitions: of the version that goes, then of the one that comes. */
function replaceAll(stack: number[], gone: number, come: number): void {
  for (const [index, version] of stack.entries()) if (version === gone) stack[index] = come;
}
