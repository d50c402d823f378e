import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { describeWithPostgres, type PostgresServer, startPostgres } from '../../../test/support/postgres.ts';
import { inference, inferences } from '../conformance/sample-records.ts';
import type { Store } from '../store.ts';
import type { PostgresOptions } from './postgres-database.ts';
import { openPostgresStore } from './postgres-store.ts';

describeWithPostgres('Postgres that fails', (server) => {
  const stores: Store[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });

  async function open(url: string, options?: PostgresOptions): Promise<Store> {
    const store = await openPostgresStore(url, options);
    stores.push(store);
    return store;
  }

  /** A server of the test's own, to be killed. */
  async function withOwnServer(work: (own: PostgresServer) => Promise<void>): Promise<void> {
    const own = await startPostgres();
    try {
      await work(own);
    } finally {
      for (const store of stores.splice(0)) await store.close();
      await own.dispose();
    }
  }

  test.each(['mysql://localhost/x', 'not an address', '', 'postgres//localhost'])(
    'says what an address looks like instead of %j',
    async (url) => {
      await expect(openPostgresStore(url)).rejects.toMatchObject({ code: 'store/bad-address' });
    },
  );

  test('is unreachable where nothing listens, and its password is not told', async () => {
    const failure = await openPostgresStore('postgres://ann:s3cret@127.0.0.1:1/db').catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'store/unreachable', where: 'postgres://127.0.0.1:1/db' });
    expect(String(failure) + JSON.stringify(failure)).not.toContain('s3cret');
  });

  test('is unreachable where something else listens, or something that never answers', async () => {
    for (const answer of ['HTTP/1.1 400 Bad Request\r\n\r\n', null]) {
      const listener = createServer((socket) => {
        socket.on('error', () => undefined);
        if (answer !== null) socket.end(answer);
      }).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const { port } = listener.address() as { port: number };
      await expect(
        openPostgresStore(`postgres://a:b@127.0.0.1:${port}/x`, { connectMs: 300 }),
      ).rejects.toMatchObject({ code: 'store/unreachable' });
      listener.close();
    }
  });

  test('does not let a wrong password, or none, in', async () => {
    const url = await server().createDatabase();
    for (const address of [url.replace(/:[^:@]*@/, ':wr0ng@'), url.replace(/:[^:@/]*@/, '@')]) {
      const failure = await openPostgresStore(address).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'store/access-denied' });
      expect(String(failure)).not.toContain('wr0ng');
    }
  });

  test('has no such database', async () => {
    await expect(openPostgresStore(server().url('nowhere'))).rejects.toMatchObject({
      code: 'store/no-database',
    });
  });

  test('says when a user may not make tables, may not write, or has too many connections', async () => {
    const url = await server().createDatabase();
    await server().query(`CREATE ROLE plain LOGIN PASSWORD 'plain'`, url);
    const plain = url.replace(/\/\/[^@]*@/, '//plain:plain@');
    await expect(openPostgresStore(plain)).rejects.toMatchObject({ code: 'store/not-writable' });
    await server().query(
      `CREATE SCHEMA homegrown AUTHORIZATION plain; ALTER ROLE plain CONNECTION LIMIT 2`,
      url,
    );
    const store = await open(plain, { connectMs: 1000 });
    const adds = Array.from({ length: 4 }, (_, index) => store.inferences.append([inference(index)]));
    const failed = (await Promise.allSettled(adds)).filter(({ status }) => status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason } of failed as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'store/too-many-connections' });
    }
    await server().query(
      'ALTER ROLE plain SET default_transaction_read_only TO on; ALTER ROLE plain CONNECTION LIMIT -1',
      url,
    );
    const reader = await open(plain);
    await expect(reader.inferences.append([inference(100)])).rejects.toMatchObject({
      code: 'store/not-writable',
    });
    expect(await reader.inferences.find(inference(100).id)).toBeNull();
  });

  test('comes back by itself after a restart, with idle connections in the pool', async () => {
    await withOwnServer(async (own) => {
      const store = await open(await own.createDatabase());
      await Promise.all(inferences(1, 8).map((one) => store.inferences.append([one])));
      await own.stop();
      await expect(store.inferences.count({})).rejects.toMatchObject({ code: 'store/unreachable' });
      await own.start();
      expect(await store.inferences.count({})).toBe(8);
      await own.kill();
      await own.start();
      // The first to notice that its connection is gone takes another one.
      expect(await store.inferences.append([inference(9)])).toBe(1);
      expect(await store.inferences.count({})).toBe(9);
    });
  });

  test('gone in the middle of a statement is an error of that statement alone', async () => {
    await withOwnServer(async (own) => {
      const url = await own.createDatabase();
      const store = await open(url);
      const holder = new Client({ connectionString: url });
      holder.on('error', () => undefined);
      await holder.connect();
      await holder.query('BEGIN; LOCK TABLE homegrown.inferences, homegrown.allowances');
      const waiting = Promise.allSettled([
        store.inferences.append([inference(1)]),
        store.inferences.count({}),
        store.allowances.take({ counter: 'c', window: 'ever', wanted: 1, least: 1, limit: 1 }),
      ]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await own.kill();
      for (const outcome of await waiting) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'store/unreachable' } });
      }
      await own.start();
      expect(await store.inferences.append([inference(1)])).toBe(1);
      expect(await store.allowances.used({ counter: 'c', window: 'ever' })).toBe(0);
    });
  });

  test('connections that are ended by an administrator are replaced', async () => {
    const url = await server().createDatabase();
    const store = await open(url);
    for (let round = 1; round <= 5; round++) {
      await Promise.all(inferences(round * 10, round * 10 + 5).map((one) => store.inferences.append([one])));
      await server().query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        url,
      );
    }
    expect(await store.inferences.count({})).toBe(30);
  });

  test('a statement that takes too long is given up, and the connection is used again', async () => {
    const url = await server().createDatabase();
    const store = await open(url, { statementMs: 200, connections: 1 });
    const holder = new Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE homegrown.inferences');
    await expect(store.inferences.append([inference(1)])).rejects.toMatchObject({ code: 'store/timeout' });
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await store.inferences.append([inference(1)])).toBe(1);
  });

  test('a network that swallows everything is noticed, and used again once it works', async () => {
    const url = await server().createDatabase();
    const network = await startNetwork(server().port);
    const store = await open(url.replace(/:\d+\//, `:${network.port}/`), {
      statementMs: 300,
      connectMs: 300,
    });
    expect(await store.inferences.append([inference(1)])).toBe(1);
    network.swallow(true);
    await expect(store.inferences.append([inference(2)])).rejects.toMatchObject({ code: 'store/timeout' });
    await expect(store.inferences.count({})).rejects.toMatchObject({ code: 'store/unreachable' });
    network.swallow(false);
    expect(await store.inferences.append([inference(2)])).toBe(1);
    expect(await store.inferences.count({})).toBe(2);
    await store.close();
    network.close();
  });

  test('a full pool is an error after the time for connecting', async () => {
    const url = await server().createDatabase();
    const store = await open(url, { connections: 1, connectMs: 200 });
    const holder = new Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE homegrown.inferences');
    const first = store.inferences.append([inference(1)]);
    await expect(store.keys.list()).rejects.toMatchObject({ code: 'store/unreachable' });
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await first).toBe(1);
  });

  test('loses nothing that it confirmed when it is killed under load, and works on', async () => {
    await withOwnServer(async (own) => {
      const store = await open(await own.createDatabase());
      const confirmed: number[] = [];
      const codes = new Set<string>();
      let isDone = false;
      const writer = async (first: number): Promise<void> => {
        for (let number = first; !isDone; number += 4) {
          try {
            await store.inferences.append([inference(number)]);
            confirmed.push(number);
          } catch (error) {
            codes.add((error as { code: string }).code);
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        }
      };
      const writers = [1, 2, 3, 4].map(writer);
      for (let kill = 0; kill < 3; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await own.kill();
        await new Promise((resolve) => setTimeout(resolve, 100));
        await own.start();
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
      isDone = true;
      await Promise.all(writers);
      expect([...codes]).toEqual(['store/unreachable']);
      const missing = [];
      for (const number of confirmed) {
        if ((await store.inferences.find(inference(number).id)) === null) missing.push(number);
      }
      expect(missing).toEqual([]);
      expect(confirmed.length).toBeGreaterThan(20);
    });
  });
});

/** A way to a port of this machine on which, when told, nothing arrives any more. */
async function startNetwork(
  to: number,
): Promise<{ port: number; swallow(isOn: boolean): void; close(): void }> {
  let swallows = false;
  const listener = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => {
        if (!swallows) into.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => into.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  return { port, swallow: (isOn) => (swallows = isOn), close: () => listener.close() };
}
