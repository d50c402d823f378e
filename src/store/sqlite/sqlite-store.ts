import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { Deployment, DeploymentChange, ModelRecord, StateChange, Store, Transition } from '../store.ts';
import { openDatabase } from './open-database.ts';
import { isConstraint, storeErrorOf } from './sqlite-error.ts';
import { deploymentOf, modelRecordOf, transitionOf, type Row } from './rows.ts';

export interface SqliteStoreOptions {
  /** How long to wait for another process's write, milliseconds. */
  busyTimeoutMs?: number;
}

/** The embedded store: one SQLite file in WAL mode. Throws `store/locked`, `store/corrupt`, `store/newer`, … */
export async function openSqliteStore(
  path: string,
  { busyTimeoutMs = 5000 }: SqliteStoreOptions = {},
): Promise<Store> {
  return sqliteStoreOver(new Connection(await openDatabase(path, { busyTimeoutMs }), path));
}

/** A database whose failures are the user's errors. */
class Connection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  readonly path: string;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.path = path;
  }

  all(sql: string, ...parameters: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...parameters));
  }

  run(sql: string, ...parameters: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#prepare(sql).run(...parameters).lastInsertRowid));
  }

  /** Runs `work`, which must not wait for anything, as one transaction that waits for other writers at its start. */
  transaction<T>(work: () => T): T {
    return this.#guard(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#database.exec('COMMIT');
        return result;
      } catch (cause) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw cause;
      }
    });
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): ReturnType<DatabaseSync['prepare']> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (isConstraint(cause)) throw cause;
      throw storeErrorOf(this.path, cause);
    }
  }
}

function sqliteStoreOver(connection: Connection): Store {
  return {
    models: {
      add: async (record) => addModel(connection, record),
      find: async (task, version) =>
        connection
          .all('SELECT * FROM models WHERE task = ? AND version = ?', task, version)
          .map(modelRecordOf)[0] ?? null,
      findByFingerprint: async (task, fingerprint) => findByFingerprint(connection, task, fingerprint),
      list: async (task) => rowsOfTask(connection, 'models', task).map(modelRecordOf),
    },
    deployments: {
      list: async (task) => rowsOfTask(connection, 'deployments', task).map(deploymentOf),
      apply: async (change) => applyChange(connection, change),
      history: async (task) =>
        connection.all('SELECT * FROM transitions WHERE task = ? ORDER BY id', task).map(transitionOf),
    },
    close: async () => connection.close(),
  };
}

function rowsOfTask(
  connection: Connection,
  table: 'models' | 'deployments',
  task: string | undefined,
): Row[] {
  if (task === undefined) return connection.all(`SELECT * FROM ${table} ORDER BY task, version`);
  return connection.all(`SELECT * FROM ${table} WHERE task = ? ORDER BY version`, task);
}

function findByFingerprint(connection: Connection, task: string, fingerprint: string): ModelRecord | null {
  const rows = connection.all('SELECT * FROM models WHERE task = ? AND fingerprint = ?', task, fingerprint);
  return rows.map(modelRecordOf)[0] ?? null;
}

function addModel(connection: Connection, record: Omit<ModelRecord, 'registeredAt'>): ModelRecord {
  const registeredAt = new Date().toISOString();
  const { task, version, fingerprint, manifest, evaluation } = record;
  try {
    connection.run(
      'INSERT INTO models (task, version, fingerprint, manifest, evaluation, registered_at) VALUES (?, ?, ?, ?, ?, ?)',
      task,
      version,
      fingerprint,
      JSON.stringify(manifest),
      JSON.stringify(evaluation),
      registeredAt,
    );
    return { ...record, registeredAt };
  } catch (cause) {
    const existing = isConstraint(cause) ? findByFingerprint(connection, task, fingerprint) : null;
    if (existing !== null) return existing;
    throw isConstraint(cause)
      ? conflict(connection.path, `${task}@${version} is another model`, cause)
      : cause;
  }
}

function applyChange(connection: Connection, change: DeploymentChange): Transition[] {
  const at = new Date().toISOString();
  try {
    return connection.transaction(() => change.changes.map((one) => applyOne(connection, change, one, at)));
  } catch (cause) {
    if (!isConstraint(cause)) throw cause;
    const message = `cannot ${change.action} for "${change.task}": a model that does not exist, or a second live one`;
    throw conflict(connection.path, message, cause);
  }
}

function applyOne(
  connection: Connection,
  change: DeploymentChange,
  one: StateChange,
  at: string,
): Transition {
  const { task, action, by, reason, evidence } = change;
  const rows = connection.all('SELECT * FROM deployments WHERE task = ? AND version = ?', task, one.version);
  const found = rows.map(deploymentOf)[0]?.state ?? null;
  if (found !== one.from) throw staleState(connection.path, change, one, found);
  connection.run(
    `INSERT INTO deployments (task, version, state, since) VALUES (?, ?, ?, ?)
     ON CONFLICT (task, version) DO UPDATE SET state = excluded.state, since = excluded.since`,
    task,
    one.version,
    one.to,
    at,
  );
  const id = connection.run(
    `INSERT INTO transitions (task, version, from_state, to_state, action, by, reason, evidence, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    task,
    one.version,
    one.from,
    one.to,
    action,
    by,
    reason,
    JSON.stringify(evidence),
    at,
  );
  return { ...one, id, task, action, by, reason, evidence, at };
}

function staleState(
  path: string,
  change: DeploymentChange,
  one: StateChange,
  found: Deployment['state'] | null,
): HomegrownError {
  return new HomegrownError({
    code: 'store/conflict',
    message: `cannot ${change.action}: ${change.task}@${one.version} was changed by another process`,
    where: path,
    expected: `state ${one.from ?? 'none'}`,
    found: found ?? 'none',
    hint: 'Look at `homegrown models list` and decide again.',
  });
}

function conflict(path: string, message: string, cause: unknown): HomegrownError {
  return new HomegrownError({
    code: 'store/conflict',
    message,
    where: path,
    hint: 'Another process was first. Look at `homegrown models list` and decide again.',
    cause,
  });
}
