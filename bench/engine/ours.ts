import type { Entry } from './contestant.ts';

/** Homegrown's own entries, run before the peers in each round. */
export const OUR_ENTRIES: readonly Entry[] = [];
