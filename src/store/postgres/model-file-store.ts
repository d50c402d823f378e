import { createHash } from 'node:crypto';
import type pg from 'pg';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { ModelFileStore } from '../store.ts';
import type { PostgresDatabase } from './postgres-database.ts';

const CHUNK_BYTES = 1024 ** 2;

type Model = Parameters<ModelFileStore['list']>[0];
type NewFile = Parameters<ModelFileStore['put']>[1][number];
type StoredFile = Awaited<ReturnType<ModelFileStore['list']>>[number];

/** Files of registered models, in chunks. */
export function modelFileStoreOver(database: PostgresDatabase): ModelFileStore {
  return {
    put: (model, files) =>
      database.transactionWith((client) => put(client, database.place, model, files), { repeatable: true }),
    list: (model) => listFiles(database, model),
    read: (model, path) => read(database, model, path),
    remove: (model) => remove(database, model),
  };
}

async function put(
  client: pg.ClientBase,
  place: string,
  model: Model,
  files: readonly NewFile[],
): Promise<void> {
  // Whoever puts the same model in at this moment is waited for.
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
    `homegrown/model-files/${model.task}@${model.version}`,
  ]);
  const there = await client.query('SELECT 1 FROM model_files WHERE task = $1 AND version = $2 LIMIT 1', [
    model.task,
    model.version,
  ]);
  if (there.rows.length > 0) return;
  for (const file of files) await putFile(client, place, model, file);
}

async function putFile(client: pg.ClientBase, place: string, model: Model, file: NewFile): Promise<void> {
  const { rows } = await client.query<{ file: number }>(
    'INSERT INTO model_files (task, version, path, sha256, bytes) VALUES ($1, $2, $3, $4, $5) RETURNING file',
    [model.task, model.version, file.path, file.sha256, file.bytes],
  );
  const hash = createHash('sha256');
  let number = 0;
  let bytes = 0;
  for await (const chunk of inChunks(file.read())) {
    hash.update(chunk);
    bytes += chunk.length;
    await client.query('INSERT INTO model_file_chunks (file, number, data) VALUES ($1, $2, $3)', [
      rows[0]!.file,
      number++,
      chunk,
    ]);
  }
  check(place, model, file, { bytes, sha256: hash.digest('hex') });
}

/** The same bytes in pieces of exactly a chunk, but for the last. */
async function* inChunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    let rest = piece;
    while (length + rest.length >= CHUNK_BYTES) {
      const head = rest.subarray(0, CHUNK_BYTES - length);
      yield Buffer.concat([...waiting, head]);
      rest = rest.subarray(head.length);
      waiting = [];
      length = 0;
    }
    // A source may use its buffer again.
    if (rest.length > 0) waiting.push(Uint8Array.from(rest));
    length += rest.length;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

async function listFiles(database: PostgresDatabase, model: Model): Promise<StoredFile[]> {
  const rows = await database.query<StoredFile>(
    'SELECT path, sha256, bytes FROM model_files WHERE task = $1 AND version = $2 ORDER BY path',
    [model.task, model.version],
  );
  return rows;
}

async function* read(database: PostgresDatabase, model: Model, path: string): AsyncGenerator<Uint8Array> {
  const [file] = await database.query<StoredFile & { file: number }>(
    'SELECT file, path, sha256, bytes FROM model_files WHERE task = $1 AND version = $2 AND path = $3',
    [model.task, model.version, path],
  );
  if (file === undefined) throw noFile(database.place, model, path);
  const hash = createHash('sha256');
  let bytes = 0;
  for (let number = 0; bytes < file.bytes; number++) {
    const [chunk] = await database.query<{ data: Buffer }>(
      'SELECT data FROM model_file_chunks WHERE file = $1 AND number = $2',
      [file.file, number],
    );
    if (chunk === undefined) throw noFile(database.place, model, path);
    hash.update(chunk.data);
    bytes += chunk.data.length;
    yield chunk.data;
  }
  check(database.place, model, file, { bytes, sha256: hash.digest('hex') });
}

async function remove(database: PostgresDatabase, model: Model): Promise<void> {
  await database.query('DELETE FROM model_files WHERE task = $1 AND version = $2', [
    model.task,
    model.version,
  ]);
}

function check(place: string, model: Model, file: StoredFile, found: Omit<StoredFile, 'path'>): void {
  if (found.bytes === file.bytes && found.sha256 === file.sha256) return;
  throw new HomegrownError({
    code: 'store/wrong-file',
    message: `${file.path} of ${model.task}@${model.version} is not the file that was registered`,
    where: place,
    expected: `${file.bytes} bytes with the SHA-256 ${file.sha256}`,
    found: `${found.bytes} bytes with the SHA-256 ${found.sha256}`,
    hint: 'Put the model’s own files back, or register it again.',
  });
}

function noFile(place: string, model: Model, path: string): HomegrownError {
  return new HomegrownError({
    code: 'store/no-file',
    message: `there is no ${path} of ${model.task}@${model.version}`,
    where: place,
    hint: 'Register the model again, or promote another version.',
  });
}
