import { fileURLToPath } from 'node:url';
import type { Entry } from './contestant.ts';
import { ProcessContestant } from './process-contestant.ts';

const PROGRAM = fileURLToPath(new URL('ours-contestant.ts', import.meta.url));

/** Homegrown's own entries, run before the peers in each round. */
export const OUR_ENTRIES: readonly Entry[] = [
  {
    name: 'embedded engine',
    peer: false,
    start: () => new ProcessContestant({ command: [process.execPath, PROGRAM], settings: {} }),
  },
];
