import { HomegrownError } from '../../errors/homegrown-error.ts';

interface Conflict {
  readonly message: string;
  /** The database. */
  readonly where: string;
  readonly expected?: string;
  readonly found?: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The error of a write that what is stored stands against. */
export function conflict(facts: Conflict): HomegrownError {
  return new HomegrownError({
    hint: 'Another process was first. Look at `homegrown models list` and decide again.',
    ...facts,
    code: 'store/conflict',
  });
}
