import type { ModelRecord, ModelStore } from '../store.ts';
import { conflict } from './conflict.ts';
import { type Database, rowOf, rowsOf, type Work } from './database.ts';
import { modelRecordOf } from './registry-rows.ts';

type NewModel = Parameters<ModelStore['add']>[0];

/** Registered models in a database. */
export function modelStoreOver(database: Database): ModelStore {
  return {
    add: (record) => database.transaction(() => addModel(database.place, record)),
    find: (task, version) => database.run(() => findModel(task, version), { repeatable: true }),
    findByFingerprint: (task, fingerprint) =>
      database.run(() => findByFingerprint(task, fingerprint), { repeatable: true }),
    list: (task) => database.run(() => listModels(task), { repeatable: true }),
  };
}

function* addModel(place: string, record: NewModel): Work<ModelRecord> {
  const {
    registeredAt = new Date().toISOString(),
    task,
    version,
    fingerprint,
    manifest,
    evaluation,
  } = record;
  const added = yield* rowOf(
    `INSERT INTO models (task, version, fingerprint, manifest, evaluation, registered_at)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING version`,
    task,
    version,
    fingerprint,
    JSON.stringify(manifest),
    JSON.stringify(evaluation),
    registeredAt,
  );
  if (added !== null) return { ...record, registeredAt };
  const existing = yield* findByFingerprint(task, fingerprint);
  if (existing !== null) return existing;
  throw conflict({ where: place, message: `${task}@${version} is another model` });
}

function* findModel(task: string, version: number): Work<ModelRecord | null> {
  const row = yield* rowOf('SELECT * FROM models WHERE task = ? AND version = ?', task, version);
  return row === null ? null : modelRecordOf(row);
}

function* findByFingerprint(task: string, fingerprint: string): Work<ModelRecord | null> {
  const row = yield* rowOf('SELECT * FROM models WHERE task = ? AND fingerprint = ?', task, fingerprint);
  return row === null ? null : modelRecordOf(row);
}

function* listModels(task: string | undefined): Work<ModelRecord[]> {
  const rows =
    task === undefined
      ? yield* rowsOf('SELECT * FROM models ORDER BY task, version')
      : yield* rowsOf('SELECT * FROM models WHERE task = ? ORDER BY version', task);
  return rows.map(modelRecordOf);
}
