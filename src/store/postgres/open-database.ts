import type pg from 'pg';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { MIGRATIONS } from './migrations.ts';
import { PostgresDatabase, type PostgresOptions, SCHEMA } from './postgres-database.ts';

const OLDEST_SERVER = 130_000;
const LOCK = 0x4847524e_0000;

/** Opens a database with the newest schema; of several processes that do so at once one makes it. Throws `store/…`. */
export async function openDatabase(url: string, options: PostgresOptions): Promise<PostgresDatabase> {
  const database = new PostgresDatabase(url, options);
  try {
    await database.alone((client) => prepare(client, database.place));
    return database;
  } catch (cause) {
    await database.close();
    throw cause;
  }
}

async function prepare(client: pg.ClientBase, place: string): Promise<void> {
  await checkServer(client, place);
  if ((await schemaVersion(client, place)) === MIGRATIONS.length) return;
  await client.query('BEGIN');
  await client.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
  // What another process did while this one waited is seen now.
  const version = await schemaVersion(client, place);
  if (version === null) await makeSchema(client);
  for (const sql of MIGRATIONS.slice(version ?? 0)) await client.query(sql);
  await client.query(`UPDATE schema_version SET version = ${MIGRATIONS.length}`);
  await client.query('COMMIT');
}

async function makeSchema(client: pg.ClientBase): Promise<void> {
  // IF NOT EXISTS would ask for the right to make one even where the administrator has made it.
  const { rows } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [SCHEMA]);
  if (rows.length === 0) await client.query(`CREATE SCHEMA ${SCHEMA}`);
  await client.query(
    'CREATE TABLE schema_version (version integer NOT NULL); INSERT INTO schema_version VALUES (0)',
  );
}

interface ServerFacts {
  readonly encoding: string;
  readonly version: number;
}

async function checkServer(client: pg.ClientBase, place: string): Promise<void> {
  const { rows } = await client.query<ServerFacts>(
    `SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num')::integer AS version`,
  );
  const { encoding, version } = rows[0]!;
  if (encoding !== 'UTF8') {
    throw new HomegrownError({
      code: 'store/wrong-encoding',
      message: 'the database cannot hold every text',
      where: place,
      expected: 'encoding UTF8',
      found: encoding,
      hint: 'Make another one: `createdb --encoding=UTF8 --template=template0 <name>`.',
    });
  }
  if (version < OLDEST_SERVER) {
    throw new HomegrownError({
      code: 'store/old-server',
      message: 'this Postgres is too old',
      where: place,
      expected: 'version 13 or newer',
      found: String(version),
      hint: 'Update Postgres.',
    });
  }
}

/** null: there is nothing yet. Throws `store/foreign`, `store/newer`. */
async function schemaVersion(client: pg.ClientBase, place: string): Promise<number | null> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)`,
    [SCHEMA],
  );
  if (rows.length === 0) return null;
  if (!rows.some(({ name }) => name === 'schema_version')) throw foreign(place);
  const [row] = (await client.query<{ version: number }>('SELECT version FROM schema_version')).rows;
  if (row === undefined) throw foreign(place);
  if (row.version > MIGRATIONS.length) throw newer(place, row.version);
  return row.version;
}

function foreign(place: string): HomegrownError {
  return new HomegrownError({
    code: 'store/foreign',
    message: `the schema "${SCHEMA}" of this database was not made by Homegrown`,
    where: place,
    hint: 'Rename that schema, or give Homegrown a database of its own.',
  });
}

function newer(place: string, version: number): HomegrownError {
  return new HomegrownError({
    code: 'store/newer',
    message: 'the database was written by a newer Homegrown',
    where: place,
    expected: `schema version ${MIGRATIONS.length} or older`,
    found: `version ${version}`,
    hint: 'Update the homegrown package of this project.',
  });
}
