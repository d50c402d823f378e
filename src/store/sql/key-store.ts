import { type ApiKey, apiKeySchema } from '../../schema/api-key.ts';
import type { KeyStore } from '../store.ts';
import { json, jsonOrNull, text, textOrNull } from './column-values.ts';
import { conflict } from './conflict.ts';
import { type Database, type Row, rowOf, rowsOf, type Work } from './database.ts';
import { parseStored } from './parse-stored.ts';

/** Keys in a database. */
export function keyStoreOver(database: Database): KeyStore {
  const { place } = database;
  return {
    add: (key) => database.run(() => addKey(place, key)),
    findByHash: (hash) => database.run(() => findByHash(place, hash), { repeatable: true }),
    list: () => database.run(() => listKeys(place), { repeatable: true }),
    revoke: (id, at) => database.run(() => revokeKey(place, id, at), { repeatable: true }),
  };
}

function* addKey(place: string, key: ApiKey): Work<void> {
  const added = yield* rowOf(
    `INSERT INTO keys (id, name, hash, role, tasks, limits, created_at, expires_at, revoked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
    key.id,
    key.name,
    key.hash,
    key.role,
    key.tasks === null ? null : JSON.stringify(key.tasks),
    JSON.stringify(key.limits),
    key.createdAt,
    key.expiresAt,
    key.revokedAt,
  );
  if (added === null) {
    throw conflict({
      where: place,
      message: `a key with the id ${key.id} or the same hash is there already`,
      hint: 'Make a new key.',
    });
  }
}

function* findByHash(place: string, hash: string): Work<ApiKey | null> {
  const row = yield* rowOf('SELECT * FROM keys WHERE hash = ?', hash);
  return row === null ? null : keyOf(place, row);
}

function* listKeys(place: string): Work<ApiKey[]> {
  return (yield* rowsOf('SELECT * FROM keys ORDER BY seq')).map((row) => keyOf(place, row));
}

function* revokeKey(place: string, id: string, at: string): Work<ApiKey | null> {
  const row = yield* rowOf(
    'UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? RETURNING *',
    at,
    id,
  );
  return row === null ? null : keyOf(place, row);
}

function keyOf(place: string, row: Row): ApiKey {
  return parseStored(apiKeySchema, place, {
    id: text(row, 'id'),
    name: text(row, 'name'),
    hash: text(row, 'hash'),
    role: text(row, 'role'),
    tasks: jsonOrNull(row, 'tasks'),
    limits: json(row, 'limits'),
    createdAt: text(row, 'created_at'),
    expiresAt: textOrNull(row, 'expires_at'),
    revokedAt: textOrNull(row, 'revoked_at'),
  });
}
