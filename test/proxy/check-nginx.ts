import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openProject, type Project } from '../../src/project/project.ts';
import { chatCompletion, chatStream } from '../stand-in/openai-replies.ts';
import { type ScriptedProvider, startScriptedProvider } from '../stand-in/scripted-provider.ts';
import { startPostgres } from '../support/postgres/start-postgres.ts';
import { ticketRows } from '../support/ticket-project.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { replicaConfig } from './replica-config.ts';

// `node test/proxy/check-nginx.ts`: two replicas on one Postgres behind the nginx of docs/replicas.md. Prints one line per check.

const REPLICA = fileURLToPath(new URL('replica.ts', import.meta.url));

interface Setting {
  url: string;
  nginx: Nginx;
  replicas: readonly [number, number];
  secret: string;
  provider: ScriptedProvider;
  project: Project;
  /** Starts replica 0 or 1. */
  start(index: 0 | 1): Promise<ChildProcess>;
}

const CHECKS: readonly (readonly [
  string,
  (setting: Setting, processes: ChildProcess[]) => Promise<string | void>,
])[] = [
  ['a replica with an empty disk serves the live model', emptyDisk],
  ['both replicas are asked; keys count on both', bothAnswer],
  ['parts of a stream come when they are sent', streams],
  ['a client that leaves reaches the provider', leaving],
  ['a large body passes, one that is too large is refused', bodies],
  ['a promotion reaches both without a failed call', promotion],
  ['a replica is taken out, stopped, started and put back under load without a failed call', stopping],
  ['a replica that was killed is no failed call', missing],
];

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'homegrown-replicas-'));
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  process.env['DATABASE_URL'] = url;
  const provider = await startScriptedProvider();
  const ports = await freePorts(3);
  const replicas = [ports[0]!, ports[1]!] as const;
  const processes: ChildProcess[] = [];
  const start = async (index: 0 | 1): Promise<ChildProcess> => {
    const directory = join(scratch, `replica-${index}`);
    mkdirSync(directory, { recursive: true });
    const parameters = [REPLICA, directory, String(replicas[index]), `${provider.origin}/${index}/v1`];
    const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    processes[index] = child;
    await once(createInterface(child.stdout), 'line');
    return child;
  };
  const project = await climbed(join(scratch, 'climbs'), provider);
  const { secret } = await project.keys.create({ name: 'shop', role: 'call' });
  const nginx = await startNginx({ directory: join(scratch, 'nginx'), port: ports[2]!, replicas });
  try {
    await Promise.all([start(0), start(1)]);
    await runChecks({ url: nginx.url, nginx, replicas, secret, provider, project, start }, processes);
  } finally {
    for (const child of processes) child.kill('SIGKILL');
    await nginx.stop();
    await project.close();
    await provider.close();
    await postgres.dispose();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function runChecks(setting: Setting, processes: ChildProcess[]): Promise<void> {
  for (const [name, check] of CHECKS) {
    try {
      const detail = await check(setting, processes);
      console.log(`ok      ${name}${detail === undefined ? '' : `: ${detail}`}`);
    } catch (error) {
      console.log(
        `FAILED  ${name}: ${error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error)}`,
      );
      process.exitCode = 1;
    }
  }
}

/** The folder where climbs run; replicas never see it. */
async function climbed(directory: string, { origin }: ScriptedProvider): Promise<Project> {
  mkdirSync(directory);
  const lines = ticketRows(400).map((row) => `${JSON.stringify(row)}\n`);
  writeFileSync(join(directory, 'tickets.jsonl'), lines.join(''));
  const project = await openProject(directory, { config: replicaConfig({ upstream: `${origin}/v1` }) });
  await project.climb('ticket');
  const second = await openProject(directory, {
    config: replicaConfig({ upstream: `${origin}/v1`, seed: 2 }),
  });
  await second.climb('ticket');
  await second.close();
  return project;
}

interface Asked {
  url?: string;
  model?: string;
  content?: string;
  stream?: boolean;
  secret?: string | null;
  signal?: AbortSignal;
}

function ask(setting: Setting, asked: Asked = {}): Promise<Response> {
  const {
    url = setting.url,
    model = 'task:ticket',
    content = 'the app has a crash',
    stream = false,
    secret = setting.secret,
    signal,
  } = asked;
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      // A connection of its own, so that what is seen is between the proxy and the replicas.
      connection: 'close',
      ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
    },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content }] }),
    ...(signal && { signal }),
  });
}

function expectSame(found: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}

async function emptyDisk(setting: Setting): Promise<void> {
  for (const port of setting.replicas) {
    const response = await ask(setting, { url: `http://127.0.0.1:${port}` });
    expectSame(response.headers.get('x-homegrown-target'), 'ticket@1', 'target');
    await response.body?.cancel();
  }
}

async function bothAnswer(setting: Setting): Promise<string> {
  setting.provider.reply = () => chatCompletion({ content: 'Hello' });
  const before = setting.provider.requests.length;
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(setting, { model: 'main' })));
  expectSame([...new Set(answers.map(({ status }) => status))], [200], 'statuses');
  const asked = setting.provider.requests.slice(before).map(({ path }) => path.split('/')[1]);
  expectSame(
    [...new Set(asked)].toSorted((a, b) => Number(a) - Number(b)),
    ['0', '1'],
    'replicas',
  );
  const refused = await ask(setting, { secret: null });
  expectSame(refused.status, 401, 'status without a key');
  return `${asked.filter((replica) => replica === '0').length} and ${asked.filter((replica) => replica === '1').length} of 20 calls`;
}

async function streams(setting: Setting): Promise<string> {
  const sent: number[] = [];
  setting.provider.reply = () => {
    sent.push(performance.now());
    return { ...chatStream({ content: 'word '.repeat(20), wantsUsage: false }), gapMs: 50 };
  };
  const response = await ask(setting, { model: 'main', stream: true });
  const arrivals: number[] = [];
  for await (const _bytes of response.body!) arrivals.push(performance.now());
  const spread = arrivals.at(-1)! - arrivals[0]!;
  if (arrivals.length < 15 || spread < 700)
    throw new Error(`${arrivals.length} pieces within ${spread.toFixed(0)} ms`);
  return `${arrivals.length} pieces over ${(spread / 1000).toFixed(1)} s`;
}

async function leaving(setting: Setting): Promise<string> {
  setting.provider.reply = () => ({ ...chatStream({ content: 'word '.repeat(500) }), gapMs: 20 });
  const controller = new AbortController();
  const response = await ask(setting, { model: 'main', stream: true, signal: controller.signal });
  await response.body!.getReader().read();
  const leftAt = performance.now();
  controller.abort();
  const noticed = (await setting.provider.requests.at(-1)!.left) - leftAt;
  if (noticed > 1000) throw new Error(`after ${noticed.toFixed(0)} ms`);
  return `after ${noticed.toFixed(0)} ms`;
}

async function bodies(setting: Setting): Promise<void> {
  setting.provider.reply = ({ body }) => chatCompletion({ content: String(body.messages[0].content.length) });
  const large = await ask(setting, { model: 'main', content: 'x'.repeat(15_000_000) });
  const { choices } = (await large.json()) as { choices: { message: { content: string } }[] };
  expectSame(choices[0]!.message.content, '15000000', 'length that arrived');
  expectSame((await ask(setting, { model: 'main', content: 'x'.repeat(22_000_000) })).status, 413, 'status');
}

/** Asks without a pause until told to stop; gives each status and target with when it came. */
function load(setting: Setting): {
  stop(): Promise<{ status: number; target: string | null; at: number }[]>;
} {
  const answers: { status: number; target: string | null; at: number }[] = [];
  let goesOn = true;
  const worker = async (): Promise<void> => {
    while (goesOn) {
      const response = await ask(setting).catch(() => null);
      await response?.text();
      const target = response?.headers.get('x-homegrown-target') ?? null;
      answers.push({ status: response?.status ?? 0, target, at: performance.now() });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const workers = Array.from({ length: 4 }, worker);
  return {
    async stop() {
      goesOn = false;
      await Promise.all(workers);
      return answers;
    },
  };
}

function statusesOf(answers: readonly { status: number }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function promotion(setting: Setting): Promise<string> {
  const loaded = load(setting);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const promotedAt = performance.now();
  await setting.project.models.promote('ticket', 2, { by: 'check' });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const answers = await loaded.stop();
  expectSame(Object.keys(statusesOf(answers)), ['200'], 'statuses');
  const lastOld = answers.findLast(({ target }) => target === 'ticket@1')!.at - promotedAt;
  if (lastOld > 5000) throw new Error(`the old model still answered after ${lastOld.toFixed(0)} ms`);
  return `the last answer of the old model ${Math.max(0, lastOld).toFixed(0)} ms after it, ${answers.length} calls, none failed`;
}

async function stopping(setting: Setting, processes: ChildProcess[]): Promise<string> {
  const loaded = load(setting);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await setting.nginx.takeOut(0);
  const stopped = once(processes[0]!, 'exit');
  processes[0]!.kill('SIGTERM');
  await stopped;
  await setting.start(0);
  await setting.nginx.takeOut(null);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const answers = await loaded.stop();
  expectSame(Object.keys(statusesOf(answers)), ['200'], `statuses ${JSON.stringify(statusesOf(answers))}`);
  return `${answers.length} calls while it stopped and came back`;
}

async function missing(setting: Setting, processes: ChildProcess[]): Promise<string> {
  // nginx takes a replica that was gone for gone for another fail_timeout.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const gone = once(processes[1]!, 'exit');
  processes[1]!.kill('SIGKILL');
  await gone;
  const answers = [];
  for (let index = 0; index < 50; index++) answers.push(await ask(setting));
  expectSame(Object.keys(statusesOf(answers)), ['200'], `statuses ${JSON.stringify(statusesOf(answers))}`);
  return `${answers.length} calls`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

await main();
