import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openProject, type Project } from '../../src/project/project.ts';
import { type StandIn, startStandIn } from '../stand-in/stand-in-for-a-rented-model.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { Replica } from './replica.ts';

const ADDRESS = 'HOMEGROWN_REPLICAS_POSTGRES';
const WORDS = { animal: ['cat', 'dog', 'horse', 'bird'], food: ['bread', 'cheese', 'apple', 'soup'] };

/** Two replicas on one Postgres, the second on a disk with nothing on it, and two versions of one model. */
export interface Scene {
  readonly postgres: PostgresServer;
  readonly project: Project;
  readonly replicas: readonly [Replica, Replica];
  /** Directories of the replicas. */
  readonly directories: readonly [string, string];
  /** Secrets: of a product's key, and of an admin's. */
  readonly productKey: string;
  readonly adminKey: string;
  close(): Promise<void>;
}

export async function setTheScene(): Promise<Scene> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-replicas-'));
  const postgres = await startPostgres();
  const upstream = await startStandIn({
    labels: Object.keys(WORDS),
    goldLabels: (text) => (WORDS.animal.some((word) => text.includes(word)) ? 'animal' : 'food'),
    errorRate: 0,
  });
  const url = await postgres.createDatabase();
  process.env[ADDRESS] = url;
  const directories = [join(directory, 'one'), join(directory, 'two')] as const;
  for (const one of directories) await writeProject(one, { upstream, rows: 240 });
  const project = await withTwoVersions(directories[0], upstream);
  const product = await project.keys.create({ name: 'product' });
  const admin = await project.keys.create({ name: 'admin', role: 'admin' });
  const env = { [ADDRESS]: url };
  const replicas = [
    await Replica.start('one', directories[0], env),
    await Replica.start('two', directories[1], env),
  ] as const;
  return {
    postgres,
    project,
    replicas,
    directories,
    productKey: product.secret,
    adminKey: admin.secret,
    async close() {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await project.close();
      await upstream.close();
      await postgres.dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Climbs twice, with more data the second time, on the first replica's disk; version 1 is live. */
async function withTwoVersions(directory: string, upstream: StandIn): Promise<Project> {
  for (const rows of [200, 240]) {
    await writeProject(directory, { upstream, rows });
    const project = await openProject(directory);
    await project.climb('topic');
    if (rows === 240) {
      const step = { task: 'topic', by: 'test', reason: 'to begin with' } as const;
      await project.promotions.step({ ...step, action: 'promote', version: 1 });
      return project;
    }
    await project.close();
  }
  throw new Error('there is no first version');
}

async function writeProject(
  directory: string,
  { upstream, rows }: { upstream: StandIn; rows: number },
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'data.jsonl'), examples(rows));
  await writeFile(
    join(directory, 'homegrown.config.ts'),
    `export default {
  tasks: { topic: { kind: 'classify', data: 'data.jsonl', rungs: ['bag'], upstream: 'main' } },
  upstreams: { main: { baseUrl: '${upstream.baseUrl}', model: 'rented' } },
  store: { postgresUrlEnv: '${ADDRESS}' },
};
`,
  );
}

function examples(count: number): string {
  const rows: string[] = [];
  for (let index = 0; index < count; index++) {
    for (const [output, words] of Object.entries(WORDS)) {
      const input = `the ${words[index % 4]} number ${index} of the ${index % 7 === 0 ? 'old' : 'new'} list`;
      rows.push(JSON.stringify({ input, output, group: `${output}-${index}` }));
    }
  }
  return `${rows.join('\n')}\n`;
}
