/** What a statement may be given. Numbers are integers or doubles, never booleans: 0 and 1 stand for those. */
export type SqlValue = string | number | null;

/** One row; JSON columns come as text. */
export type Row = Readonly<Record<string, string | number | null>>;

/** SQL that SQLite and Postgres both understand, with `?` for each parameter. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/**
 * A piece of work as a generator that yields statements and is handed their rows: one text serves the synchronous SQLite,
 * where nothing can come in between, and the asynchronous Postgres. It must not wait for anything else.
 */
export type Work<T> = Generator<Statement, T, readonly Row[]>;

/** What writers of one kind take turns at. SQLite has one writer at a time anyway. */
export type Turn = 'deployments' | 'feedback';

/** A database that runs work. Failures are HomegrownErrors, but for a ConstraintViolation. */
export interface Database {
  /** Where it is, for messages: a path or an address without its password. */
  readonly place: string;
  readonly dialect: Dialect;
  /** Runs statements each on its own. `repeatable`: running it twice does no harm, so that a lost connection is tried again. */
  run<T>(work: () => Work<T>, options?: { repeatable?: boolean }): Promise<T>;
  /** Runs them as one transaction: all or nothing. */
  transaction<T>(work: () => Work<T>, options?: { turn?: Turn; repeatable?: boolean }): Promise<T>;
}

/** Where the two differ. */
export interface Dialect {
  /** `column` is one of `values`. */
  oneOf(column: string, values: readonly number[]): Statement;
  /** After a table's name: use this index, or with null none but the primary key. Empty where the planner knows better. */
  indexedBy(index: string | null): string;
}

/** A uniqueness or reference rule of the schema refused a write. */
export class ConstraintViolation extends Error {
  constructor(cause: unknown) {
    super('a rule of the schema refused a write', { cause });
    this.name = 'ConstraintViolation';
  }
}

/** All rows of a statement. */
export function* rowsOf(sql: string, ...parameters: readonly SqlValue[]): Work<readonly Row[]> {
  return yield { sql, parameters };
}

/** The first row of a statement, null without any. */
export function* rowOf(sql: string, ...parameters: readonly SqlValue[]): Work<Row | null> {
  const rows = yield { sql, parameters };
  return rows[0] ?? null;
}
