import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { post, user } from '../../test/support/http-ask.ts';
import { describeWithPostgres, startPostgres } from '../../test/support/postgres.ts';
import { serveBeforeStandIn } from '../../test/support/served-project.ts';

const ADDRESS = 'TEST_OUTAGE_DATABASE_URL';

describeWithPostgres('Postgres killed and started again under load', () => {
  test('fails no call of a key in its lease, nor breaks its budget', async () => {
    const postgres = await startPostgres();
    process.env[ADDRESS] = await postgres.createDatabase();
    const served = await serveBeforeStandIn({
      config: { store: { postgresUrlEnv: ADDRESS }, access: { leaseSeconds: 30 } },
    });
    try {
      const other = await served.another();
      const key = await served.project.keys.create({
        name: 'shop',
        limits: [
          { what: 'requests', per: 'day', most: 100_000 },
          { what: 'requests', per: 'minute', most: 20_000 },
          { what: 'usd', per: 'month', most: 50 },
        ],
      });
      const idle = await served.project.keys.create({ name: 'idle' });
      const statuses = new Map<string, number>();
      const call = async (secret: string, url: string): Promise<string> => {
        const body = { model: 'gpt-4o-mini', messages: user('my cat'), max_tokens: 20 };
        const { status, json } = await post(`${url}/v1/chat/completions`, body, {
          authorization: `Bearer ${secret}`,
        });
        return status === 200 ? '200' : `${status} ${json?.error?.code}`;
      };
      let running = true;
      const callers = Array.from({ length: 6 }, async (_, index) => {
        while (running) {
          const outcome = await call(key.secret, index % 2 === 0 ? served.server.url : other.url);
          statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
          await sleep(50);
        }
      });
      await sleep(5000);
      await postgres.kill();
      await sleep(5000);
      expect(await call(idle.secret, served.server.url)).toBe('503 store_unavailable');
      const during = [...statuses.keys()];
      await postgres.start();
      await sleep(3000);
      expect(await call(idle.secret, served.server.url)).toBe('200');
      running = false;
      await Promise.all(callers);
      expect([during, [...statuses.keys()]]).toEqual([['200'], ['200']]);
      await other.close();
      await served.server.close();
      const [shown] = await served.project.keys.list();
      expect(shown!.limits[0]!.used).toBe(statuses.get('200'));
      expect(served.events.map(({ event }) => event)).toEqual(
        expect.arrayContaining(['store-away', 'store-back']),
      );
    } finally {
      await served.close();
      await postgres.dispose();
      delete process.env[ADDRESS];
    }
  }, 90_000);
});
