import { type ErasureRecord, erasureRecordSchema } from '../../schema/erasure.ts';
import type { ErasureStore } from '../store.ts';
import { json } from './column-values.ts';
import { type Database, rowsOf, type Work } from './database.ts';
import { parseStored } from './parse-stored.ts';

/** Records of erasures in a database. */
export function erasureStoreOver(database: Database): ErasureStore {
  const { place } = database;
  return {
    add: (record) => database.run(() => addErasure(record), { repeatable: true }),
    list: () => database.run(() => listErasures(place), { repeatable: true }),
  };
}

function* addErasure(record: ErasureRecord): Work<void> {
  yield* rowsOf(
    'INSERT INTO erasures (id, record) VALUES (?, ?) ON CONFLICT (id) DO NOTHING',
    record.id,
    JSON.stringify(record),
  );
}

function* listErasures(place: string): Work<ErasureRecord[]> {
  const rows = yield* rowsOf('SELECT record FROM erasures ORDER BY seq');
  return rows.map((row) => parseStored(erasureRecordSchema, place, json(row, 'record')));
}
