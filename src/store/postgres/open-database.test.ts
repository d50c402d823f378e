import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { inference } from '../conformance/sample-records.ts';
import { MIGRATIONS } from './migrations.ts';
import { openPostgresStore } from './postgres-store.ts';

const run = promisify(execFile);
const STORE_MODULE = new URL('postgres-store.ts', import.meta.url).href;

describeWithPostgres('opening a Postgres database', (server) => {
  test('works for many at once on an empty one, in processes of their own', async () => {
    const url = await server().createDatabase();
    const script = `
      const { openPostgresStore } = await import(${JSON.stringify(STORE_MODULE)});
      const stores = await Promise.all(Array.from({ length: 5 }, () => openPostgresStore(process.argv[1])));
      for (const [index, store] of stores.entries()) {
        await store.allowances.take({ counter: 'starts', window: 'ever', wanted: 1, least: 1, limit: 100 });
        await store.close();
      }`;
    const processes = Array.from({ length: 4 }, () =>
      run(process.execPath, ['--input-type=module', '-e', script, url]),
    );
    expect((await Promise.all(processes)).map(({ stderr }) => stderr)).toEqual(['', '', '', '']);
    const store = await openPostgresStore(url);
    expect(await store.allowances.used({ counter: 'starts', window: 'ever' })).toBe(20);
    await store.close();
    expect(await server().query('SELECT version FROM homegrown.schema_version', url)).toEqual([
      { version: MIGRATIONS.length },
    ]);
  });

  test.each(MIGRATIONS.map((_, version) => version))('brings version %i forward', async (version) => {
    const url = await server().createDatabase();
    if (version > 0) {
      await server().query(
        `CREATE SCHEMA homegrown; SET search_path TO homegrown;
         CREATE TABLE schema_version (version integer NOT NULL); INSERT INTO schema_version VALUES (${version});
         ${MIGRATIONS.slice(0, version).join('\n')}`,
        url,
      );
    }
    const store = await openPostgresStore(url);
    expect(await store.inferences.append([inference(1)])).toBe(1);
    await store.close();
  });

  test('leaves other tables of the database alone', async () => {
    const url = await server().createDatabase();
    await server().query('CREATE TABLE keys (mine int); CREATE TABLE feedback (mine int)', url);
    const store = await openPostgresStore(url);
    await store.inferences.append([inference(1)]);
    await store.close();
    expect(await server().query('SELECT count(*)::int AS n FROM public.keys', url)).toEqual([{ n: 0 }]);
  });

  test('refuses a schema "homegrown" of somebody else and leaves it as it is', async () => {
    const url = await server().createDatabase();
    await server().query('CREATE SCHEMA homegrown; CREATE TABLE homegrown.beers (name text)', url);
    await expect(openPostgresStore(url)).rejects.toMatchObject({ code: 'store/foreign' });
    expect(
      await server().query(
        `SELECT relname FROM pg_class WHERE relnamespace = 'homegrown'::regnamespace AND relkind = 'r'`,
        url,
      ),
    ).toEqual([{ relname: 'beers' }]);
  });

  test('uses a schema that is there and empty', async () => {
    const url = await server().createDatabase();
    await server().query('CREATE SCHEMA homegrown', url);
    await (await openPostgresStore(url)).close();
  });

  test('refuses a database of a newer Homegrown', async () => {
    const url = await server().createDatabase();
    await (await openPostgresStore(url)).close();
    await server().query('UPDATE homegrown.schema_version SET version = 99', url);
    await expect(openPostgresStore(url)).rejects.toMatchObject({
      code: 'store/newer',
      expected: `schema version ${MIGRATIONS.length} or older`,
      found: 'version 99',
    });
  });

  test('changes nothing when a migration fails', async () => {
    const url = await server().createDatabase();
    await server().query(
      `CREATE SCHEMA homegrown; CREATE TABLE homegrown.schema_version (version integer NOT NULL);
       INSERT INTO homegrown.schema_version VALUES (0); CREATE TABLE homegrown.feedback (x int)`,
      url,
    );
    await expect(openPostgresStore(url)).rejects.toMatchObject({ code: 'store/failed' });
    expect(await server().query(`SELECT to_regclass('homegrown.models') AS found`, url)).toEqual([
      { found: null },
    ]);
  });

  test('refuses an encoding that cannot hold every text', async () => {
    const url = await server().createDatabase({ encoding: 'LATIN1' });
    await expect(openPostgresStore(url)).rejects.toMatchObject({
      code: 'store/wrong-encoding',
      found: 'LATIN1',
    });
  });
});
