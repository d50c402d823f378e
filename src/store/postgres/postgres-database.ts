import pg from 'pg';
import {
  ConstraintViolation,
  type Database,
  type Dialect,
  type Row,
  type SqlValue,
  type Turn,
  type Work,
} from '../sql/database.ts';
import { storeClosed } from '../sql/store-closed.ts';
import { connectErrorOf, isConstraint, isLost, isStuck, isUndone, storeErrorOf } from './postgres-error.ts';
import { shownAddress } from './postgres-address.ts';
import { storableText } from './storable-text.ts';

/** Where all our tables are. */
export const SCHEMA = 'homegrown';
/** Numbers of advisory locks ("HGRN" in ASCII, then what it is for). */
const LOCK_SPACE = 0x4847524e;
const TURNS: Record<Turn, number> = { deployments: 1, feedback: 2 };
const MOST_ATTEMPTS = 5;

/** What is Postgres's own. */
export const POSTGRES: Dialect = {
  oneOf: (column, values) => ({
    sql: `${column} = ANY(CAST(? AS bigint[]))`,
    parameters: [`{${values.join(',')}}`],
  }),
  indexedBy: () => '',
};

export interface PostgresOptions {
  /** How long to wait for a connection, milliseconds. Default 5,000. */
  readonly connectMs?: number;
  /** How long a statement may take, milliseconds. Default 30,000. */
  readonly statementMs?: number;
  /** Most connections at once. Default 10. */
  readonly connections?: number;
}

/** A Postgres database through a pool of connections that are made again when they are lost. */
export class PostgresDatabase implements Database {
  readonly dialect = POSTGRES;
  readonly place: string;
  readonly #pool: pg.Pool;
  readonly #url: string;
  readonly #connectMs: number;
  #closing: Promise<void> | undefined;

  constructor(url: string, options: PostgresOptions = {}) {
    const { connectMs = 5000, statementMs = 30_000, connections = 10 } = options;
    this.place = shownAddress(url);
    this.#url = url;
    this.#connectMs = connectMs;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: connectMs,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      // Should the network swallow everything, so that Postgres cannot say that a statement took too long.
      query_timeout: statementMs + Math.min(statementMs, 5000),
      types: { getTypeParser },
      application_name: 'homegrown',
      // The pool waits for the promise, although its types do not say so.
      onConnect: ((client: pg.ClientBase) => prepareClient(client, statementMs)) as (
        client: pg.ClientBase,
      ) => void,
    });
    // An idle connection that is lost is no failure: the next statement gets another one.
    this.#pool.on('error', () => undefined);
  }

  async run<T>(work: () => Work<T>, { repeatable = false }: { repeatable?: boolean } = {}): Promise<T> {
    return this.#attempt({ mayRepeat: () => repeatable }, (client) => drive(client, work()));
  }

  async transaction<T>(
    work: () => Work<T>,
    { turn, repeatable = false }: { turn?: Turn; repeatable?: boolean } = {},
  ): Promise<T> {
    return this.transactionWith(
      async (client) => {
        if (turn !== undefined) await takeTurn(client, turn);
        return drive(client, work());
      },
      { repeatable },
    );
  }

  /** A transaction whose work waits for other things too. It is run again when it was undone or its connection was lost. */
  async transactionWith<T>(
    work: (client: pg.ClientBase) => Promise<T>,
    { repeatable = false }: { repeatable?: boolean } = {},
  ): Promise<T> {
    let committing = false;
    return this.#attempt({ mayRepeat: () => repeatable || !committing }, async (client) => {
      committing = false;
      await client.query('BEGIN');
      try {
        const result = await work(client);
        committing = true;
        await client.query('COMMIT');
        return result;
      } catch (cause) {
        if (!isUnusable(cause)) await client.query('ROLLBACK').catch(() => undefined);
        throw cause;
      }
    });
  }

  /** Rows of one statement that may be run twice, with `$1`, `$2`, … */
  async query<T extends pg.QueryResultRow>(sql: string, parameters: unknown[]): Promise<T[]> {
    return this.#attempt({ mayRepeat: () => true }, async (client) => {
      return (await client.query<T>(sql, parameters)).rows;
    });
  }

  /** Runs statements on a connection of their own, without limits of time. */
  async alone<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: this.#connectMs,
      keepAlive: true,
      types: { getTypeParser },
      application_name: 'homegrown',
    });
    client.on('error', () => undefined);
    try {
      await this.#connected(() => client.connect());
      await prepareClient(client, 0);
      return await work(client);
    } catch (cause) {
      throw this.#errorOf(cause);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#pool.end());
  }

  async #attempt<T>(
    { mayRepeat }: { mayRepeat: () => boolean },
    work: (client: pg.ClientBase) => Promise<T>,
  ): Promise<T> {
    // Each idle connection may have been ended without our knowing yet.
    const mostLost = 2 + this.#pool.idleCount;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#withClient(work);
      } catch (cause) {
        const again = isUndone(cause)
          ? attempt < MOST_ATTEMPTS
          : isLost(cause) && attempt < mostLost && mayRepeat();
        if (!again) throw this.#errorOf(cause);
      }
    }
  }

  async #withClient<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw storeClosed(this.place);
    const client = await this.#connected(() => this.#pool.connect());
    let unusable = false;
    try {
      return await work(client);
    } catch (cause) {
      unusable = isUnusable(cause);
      throw cause;
    } finally {
      client.release(unusable);
    }
  }

  async #connected<T>(connect: () => Promise<T>): Promise<T> {
    try {
      return await connect();
    } catch (cause) {
      if (isLost(cause)) throw cause;
      throw connectErrorOf(this.place, cause);
    }
  }

  #errorOf(cause: unknown): unknown {
    return isConstraint(cause) ? new ConstraintViolation(cause) : storeErrorOf(this.place, cause);
  }
}

/** A connection after this goes, with whatever transaction it was in. */
function isUnusable(cause: unknown): boolean {
  return isLost(cause) || isStuck(cause);
}

/** Waits for its turn until the transaction ends. */
export async function takeTurn(client: pg.ClientBase, turn: Turn, shared = false): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock${shared ? '_shared' : ''}(${LOCK_SPACE}, ${TURNS[turn]})`);
}

/** The result of work, in whatever transaction the client is. */
export async function drive<T>(client: pg.ClientBase, work: Work<T>): Promise<T> {
  let step = work.next([]);
  while (step.done !== true) {
    const { sql, parameters } = step.value;
    const { rows } = await client.query<Row>(numbered(sql), parameters.map(storable));
    step = work.next(rows);
  }
  return step.value;
}

const numberedTexts = new Map<string, string>();
const MOST_TEXTS = 500;

/** `?` becomes `$1`, `$2`, … */
function numbered(sql: string): string {
  let text = numberedTexts.get(sql);
  if (text === undefined) {
    let count = 0;
    text = sql.replaceAll('?', () => `$${++count}`);
    if (numberedTexts.size >= MOST_TEXTS) numberedTexts.clear();
    numberedTexts.set(sql, text);
  }
  return text;
}

function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' ? storableText(value) : value;
}

async function prepareClient(client: pg.ClientBase, statementMs: number): Promise<void> {
  // While a connection is in use the pool does not listen, and without a listener its loss would end the process.
  client.on('error', () => undefined);
  await client.query(
    `SET search_path TO ${SCHEMA}; SET client_encoding TO 'UTF8'; SET client_min_messages TO warning;
     SET statement_timeout TO ${statementMs}; SET idle_in_transaction_session_timeout TO ${statementMs}`,
  );
}

const INT8 = 20;
const JSON_TEXT = 114;

/** Integers of 64 bits as numbers (ours stay below 2^53), JSON as its text. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8) return Number;
  if (oid === JSON_TEXT) return (text) => text;
  return pg.types.getTypeParser(oid, format) as (text: string) => unknown;
}
