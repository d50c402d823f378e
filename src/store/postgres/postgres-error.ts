import { HomegrownError, messageOf, systemCodeOf } from '../../errors/homegrown-error.ts';

interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const UNREACHABLE: Explanation = {
  code: 'store/unreachable',
  message: 'Postgres does not answer',
  hint: 'Start it, and look at the address and the network; a server that runs connects again by itself.',
};
const ACCESS_DENIED: Explanation = {
  code: 'store/access-denied',
  message: 'Postgres does not let this user in',
  hint: 'Look at user and password in the address of the database, and at pg_hba.conf.',
};
const CORRUPT: Explanation = {
  code: 'store/corrupt',
  message: 'the database is damaged',
  hint: 'Put back a copy of it (pg_basebackup, pg_dump).',
};
const BUSY: Explanation = {
  code: 'store/locked',
  message: 'another process keeps the tables locked',
  hint: 'Wait for the other homegrown command to end (or stop it), then run this one again.',
};
const TIMED_OUT: Explanation = {
  code: 'store/timeout',
  message: 'Postgres took too long to answer',
  hint: 'Look at its load and for long transactions (pg_stat_activity).',
};

const BAD_RECORD: Explanation = {
  code: 'store/bad-record',
  message: 'Postgres cannot hold this record',
  hint: 'Leave it out; what came with it can be stored without it.',
};

/** By SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html; the first that the code begins with. */
const BY_STATE: readonly (readonly [string, Explanation])[] = [
  ['08', UNREACHABLE],
  ['57P0', UNREACHABLE],
  ['25P03', UNREACHABLE],
  ['28', ACCESS_DENIED],
  ['55P03', BUSY],
  ['40', BUSY],
  ['57014', TIMED_OUT],
  ['XX00', CORRUPT],
  ['22', BAD_RECORD],
  ['54', BAD_RECORD],
  [
    '3D000',
    {
      code: 'store/no-database',
      message: 'there is no such database',
      hint: 'Make it with `createdb --encoding=UTF8`, or look at the address.',
    },
  ],
  [
    '53100',
    {
      code: 'store/disk-full',
      message: 'cannot write: the disk of Postgres is full',
      hint: 'Free some disk space there; what was stored before is kept.',
    },
  ],
  [
    '53300',
    {
      code: 'store/too-many-connections',
      message: 'Postgres takes no more connections',
      hint: 'Raise max_connections, or run fewer replicas.',
    },
  ],
  [
    '25006',
    {
      code: 'store/not-writable',
      message: 'Postgres is read-only',
      hint: 'Give the address of the primary, not of a standby, and look at default_transaction_read_only.',
    },
  ],
  [
    '42501',
    {
      code: 'store/not-writable',
      message: 'the user may not do this in the database',
      hint: 'Make the user owner of the schema "homegrown", or grant it CREATE on the database.',
    },
  ],
];

/** System errors and texts of the client for a server that is not there or went away. */
const LOST = /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE|ENOENT)/;
const LOST_TEXT =
  /^Connection terminated|^timeout exceeded when trying to connect|^Client has encountered a connection error/;

/** SQLSTATE of a thrown value, if Postgres sent one. */
export function stateOf(thrown: unknown): string | undefined {
  const code = systemCodeOf(thrown);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !LOST.test(code) ? code : undefined;
}

/** Whether the connection is gone, or never was. */
export function isLost(thrown: unknown): boolean {
  const state = stateOf(thrown);
  if (state !== undefined) return /^(08|57P0|25P03)/.test(state);
  return LOST.test(systemCodeOf(thrown) ?? '') || LOST_TEXT.test(messageOf(thrown));
}

/** Whether the connection may still be busy with something that was given up: it must not be used again. */
export function isStuck(thrown: unknown): boolean {
  return messageOf(thrown) === 'Query read timeout';
}

/** Whether two transactions were in each other's way, so that one was undone and can be run again. */
export function isUndone(thrown: unknown): boolean {
  return ['40001', '40P01'].includes(stateOf(thrown) ?? '');
}

/** Whether a uniqueness or reference rule of the schema refused a write. */
export function isConstraint(thrown: unknown): boolean {
  return stateOf(thrown)?.startsWith('23') ?? false;
}

/** The user's error for whatever was thrown while connecting to the database at `place`. */
export function connectErrorOf(place: string, cause: unknown): unknown {
  const error = storeErrorOf(place, cause);
  if (error instanceof HomegrownError) return error;
  const explanation = /password|^SASL/i.test(messageOf(cause)) ? ACCESS_DENIED : UNREACHABLE;
  return new HomegrownError({ ...explanation, where: place, found: foundIn(cause), cause });
}

/** A refused connection to a host with several addresses has a code and no message. */
function foundIn(cause: unknown): string {
  return messageOf(cause) || (systemCodeOf(cause) ?? 'an unknown failure');
}

/** The user's error for whatever was thrown while working on the database at `place`. */
export function storeErrorOf(place: string, cause: unknown): unknown {
  if (cause instanceof HomegrownError) return cause;
  const explanation = explain(cause);
  if (explanation !== undefined) {
    return new HomegrownError({ ...explanation, where: place, found: foundIn(cause), cause });
  }
  if (stateOf(cause) === undefined) return cause;
  return new HomegrownError({
    code: 'store/failed',
    message: 'Postgres refused a statement',
    where: place,
    found: `${messageOf(cause)} (${stateOf(cause)})`,
    hint: 'Look at the log of Postgres.',
    cause,
  });
}

function explain(cause: unknown): Explanation | undefined {
  if (isLost(cause)) return UNREACHABLE;
  if (isStuck(cause)) return TIMED_OUT;
  const state = stateOf(cause);
  return state === undefined ? undefined : BY_STATE.find(([prefix]) => state.startsWith(prefix))?.[1];
}
