import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ConstraintViolation, type Database, type Dialect, type Row, type Work } from '../sql/database.ts';
import { storeClosed } from '../sql/store-closed.ts';
import { isConstraint, storeErrorOf } from './sqlite-error.ts';

const MOST_STATEMENTS = 200;

const SQLITE: Dialect = {
  oneOf: (column, values) => ({
    sql: `${column} IN (SELECT value FROM json_each(?))`,
    parameters: [JSON.stringify(values)],
  }),
  indexedBy: (index) => (index === null ? ' NOT INDEXED' : ` INDEXED BY ${index}`),
};

/** An open SQLite file whose failures are the user's errors. Work runs from its first statement to its last without a pause. */
export class Connection implements Database {
  readonly dialect = SQLITE;
  readonly place: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.place = path;
  }

  async run<T>(work: () => Work<T>): Promise<T> {
    return this.#guard(() => this.drive(work()));
  }

  async transaction<T>(work: () => Work<T>): Promise<T> {
    return this.transactionSync(() => this.drive(work()));
  }

  /** Runs `write`, which must not wait for anything, as one transaction that waits for other writers at its start. */
  transactionSync<T>(write: () => T): T {
    return this.#guard(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = write();
        this.#database.exec('COMMIT');
        return result;
      } catch (cause) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw cause;
      }
    });
  }

  /** The result of work, in whatever transaction is open. */
  drive<T>(work: Work<T>): T {
    let step = work.next([]);
    while (step.done !== true) {
      const { sql, parameters } = step.value;
      step = work.next(this.prepare(sql).all(...parameters) as unknown as readonly Row[]);
    }
    return step.value;
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear();
      this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    }
    return statement;
  }

  /** Runs SQL outside of a transaction and returns its rows. */
  direct(sql: string): Row[] {
    return this.#guard(() => this.#database.prepare(sql).all() as unknown as Row[]);
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #guard<T>(work: () => T): T {
    if (!this.#database.isOpen) throw storeClosed(this.place);
    try {
      return work();
    } catch (cause) {
      throw isConstraint(cause) ? new ConstraintViolation(cause) : storeErrorOf(this.place, cause);
    }
  }
}
