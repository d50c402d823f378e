// usage: node test/kill/capture-kill.ts [--kills 5] [--seed 1] [--clients 16] [--source]
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { captureConfigSchema } from '../../src/schema/capture-config.ts';
import { seededRandom } from '../../src/util/random.ts';
import { startFaultyUpstream } from '../stand-in/faulty-upstream.ts';
import { type AnsweredCall, AnsweredCalls } from './answered-calls.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    clients: { type: 'string', default: '16' },
    source: { type: 'boolean', default: false },
  },
});
const program = values.source ? '../../src/cli/main.ts' : '../../dist/cli/main.js';
const main = fileURLToPath(new URL(program, import.meta.url));
const random = seededRandom(Number(values.seed));
const FLUSH_MS = captureConfigSchema.parse({}).flushMs;
const MOST_WAIT_MS = 60_000;

type Mode = 'sync' | 'async';

/** What the kills of one mode came to. */
interface Outcome {
  kills: number;
  answered: number;
  lost: number;
  /** Age of the oldest lost call when its server was killed, milliseconds; null without any. */
  oldestLostMs: number | null;
}

/** Gateways killed with SIGKILL under load: what `sync` has answered is kept, `async` loses at most its stated interval. */
async function check(): Promise<void> {
  const upstream = await startFaultyUpstream({ keep: 0, words: 5 });
  const kills = Number(values.kills);
  try {
    for (const [mode, count] of [
      ['sync', Math.ceil(kills / 2)],
      ['async', Math.floor(kills / 2)],
    ] as const) {
      const { answered, lost, oldestLostMs } = await killOften(mode, count, upstream.baseUrl);
      const loss =
        lost === 0 ? 'none lost' : `${lost} lost, the oldest ${oldestLostMs!.toFixed(1)} ms before the kill`;
      process.stdout.write(
        `${mode}: ${count} kills, ${answered} answered calls, ${loss}; the database was whole each time\n`,
      );
    }
  } finally {
    await upstream.close();
  }
}

async function killOften(mode: Mode, kills: number, upstreamUrl: string): Promise<Outcome> {
  const project = await mkdtemp(join(tmpdir(), `homegrown-capture-kill-${mode}-`));
  const outcome: Outcome = { kills: 0, answered: 0, lost: 0, oldestLostMs: null };
  try {
    await writeFile(join(project, 'homegrown.config.ts'), configOf(mode, upstreamUrl));
    for (let count = 0; count < kills; count++) {
      const answered = await killOnce(project);
      checkIntegrity(project);
      await recover(project, mode, answered, outcome);
      outcome.kills++;
      process.stderr.write(`${mode} ${outcome.kills}: ${JSON.stringify(outcome)}\n`);
    }
    return outcome;
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

function configOf(mode: Mode, baseUrl: string): string {
  const config = {
    tasks: { topic: { kind: 'classify', data: 'data.jsonl', upstream: 'main' } },
    upstreams: { main: { baseUrl, model: 'stand-in' } },
    capture: { mode },
    server: { port: 0 },
  };
  return `export default ${JSON.stringify(config)};\n`;
}

/** Calls with how old each was when their server was killed. */
type Killed = (AnsweredCall & { ageMs: number })[];

async function killOnce(project: string): Promise<Killed> {
  const { child, url } = await serve(project);
  const load = new AnsweredCalls(url, Number(values.clients));
  await firstAnswer(load);
  await pause(random.next() * 1500);
  const killedAtMs = performance.now();
  child.kill('SIGKILL');
  await once(child, 'exit');
  await load.stop();
  return load.answered.map((call) => ({ ...call, ageMs: killedAtMs - call.endedAtMs }));
}

/** A server is killed under load, not while it starts. */
async function firstAnswer({ answered }: AnsweredCalls): Promise<void> {
  const deadline = performance.now() + MOST_WAIT_MS;
  while (answered.length === 0) {
    if (performance.now() > deadline) throw new Error('no call was answered');
    await pause(5);
  }
}

async function serve(project: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [main, '--json', 'serve'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, url: (JSON.parse(line) as { url: string }).url };
  }
  throw new Error(`the server ended at once: ${stderr}`);
}

function database(project: string): DatabaseSync {
  return new DatabaseSync(join(project, '.homegrown/store.db'), { timeout: 10_000 });
}

function checkIntegrity(project: string): void {
  const store = database(project);
  const found = store
    .prepare('PRAGMA integrity_check')
    .all()
    .map((row) => Object.values(row)[0]);
  const foreign = store.prepare('PRAGMA foreign_key_check').all();
  store.close();
  if (found.join() !== 'ok' || foreign.length > 0)
    throw new Error(`the database is damaged: ${found.join('; ')}`);
}

/** The next start brings what is left into the store. */
async function recover(project: string, mode: Mode, answered: Killed, outcome: Outcome): Promise<void> {
  const left = await segmentsOf(project);
  const { child } = await serve(project);
  const deadline = performance.now() + MOST_WAIT_MS;
  while (left.some((path) => existsSync(path)) && performance.now() < deadline) await pause(20);
  child.kill('SIGTERM');
  await once(child, 'exit');
  checkIntegrity(project);
  const store = database(project);
  const find = store.prepare('SELECT 1 AS one FROM inferences WHERE id = ?');
  const lost = answered.filter(({ id }) => find.get(id) === undefined);
  store.close();
  const wrongly = lost.filter(({ ageMs }) => mode === 'sync' || ageMs > FLUSH_MS);
  if (wrongly.length > 0)
    throw new Error(
      `${mode} lost calls it must not lose, of these ages in ms: ${wrongly.map(({ ageMs }) => ageMs.toFixed(1)).join(', ')}`,
    );
  outcome.answered += answered.length;
  outcome.lost += lost.length;
  for (const { ageMs } of lost) outcome.oldestLostMs = Math.max(outcome.oldestLostMs ?? 0, ageMs);
}

async function segmentsOf(project: string): Promise<string[]> {
  const journal = join(project, '.homegrown/capture/1');
  const names = existsSync(journal) ? await readdir(journal) : [];
  return names.filter((name) => name.endsWith('.journal')).map((name) => join(journal, name));
}

await check();
