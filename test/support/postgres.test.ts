import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeWithPostgres, startPostgres } from './postgres.ts';

describeWithPostgres('the Postgres of tests', (server) => {
  test('makes databases', async () => {
    const url = await server().createDatabase();
    await server().query('CREATE TABLE t (x text)', url);
    expect(await server().query('SELECT count(*)::int AS n FROM t', url)).toEqual([{ n: 0 }]);
    const [row] = await server().query(
      'SHOW server_encoding',
      await server().createDatabase({ encoding: 'LATIN1' }),
    );
    expect(row).toEqual({ server_encoding: 'LATIN1' });
  });

  test('keeps what was committed when it is killed, and ends with its files', async () => {
    const other = await startPostgres();
    await other.query('CREATE TABLE t AS SELECT 7 AS x');
    const { pid, directory } = other;
    await other.kill();
    await expect(other.query('SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
    await other.start();
    expect(other.pid).not.toBe(pid);
    expect(await other.query('SELECT x FROM t')).toEqual([{ x: 7 }]);
    await other.stop();
    await other.start();
    expect(await other.query('SELECT x FROM t')).toEqual([{ x: 7 }]);
    await other.dispose();
    expect(existsSync(directory)).toBe(false);
  });
});
