import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeWithPostgres } from '../../test/support/postgres.ts';
import { openStore, storeLocation } from './open-store.ts';
import { openProject } from './project.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homegrown-open-store-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the store of a project', () => {
  test('is a SQLite file in it without further settings', async () => {
    const store = await openStore(storeLocation({}, { homegrownDirectory: join(directory, '.homegrown') }));
    await store.close();
    expect(existsSync(join(directory, '.homegrown', 'store.db'))).toBe(true);
  });

  test.each([{}, { DATABASE: '' }])('says which variable of the environment is not set in %o', (env) => {
    expect(() =>
      storeLocation({ postgresUrlEnv: 'DATABASE' }, { homegrownDirectory: directory, env }),
    ).toThrow(
      expect.objectContaining({
        code: 'store/no-address',
        message: expect.stringContaining('DATABASE') as string,
      }),
    );
  });
});

describeWithPostgres('a project on Postgres', (server) => {
  test('keeps its models there and makes no file for it', async () => {
    process.env['TEST_DATABASE_URL'] = await server().createDatabase();
    const config = {
      tasks: { topic: { kind: 'classify' as const, data: 'data.jsonl' } },
      store: { postgresUrlEnv: 'TEST_DATABASE_URL' },
    };
    const project = await openProject(directory, { config });
    expect(project.store.modelFiles).not.toBeNull();
    expect(await project.models.list()).toEqual([]);
    await project.close();
    delete process.env['TEST_DATABASE_URL'];
    expect(existsSync(join(directory, '.homegrown', 'store.db'))).toBe(false);
  });
});
