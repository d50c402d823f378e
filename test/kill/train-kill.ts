// usage: node test/kill/train-kill.ts [--kills 5] [--seed 1]
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { comparableFiles } from '../../src/train/comparable-files.conformance.ts';
import { readEvents } from '../../src/train/event-log.ts';
import { seededRandom } from '../../src/util/random.ts';

const program = fileURLToPath(new URL('train-tiny-encoder.ts', import.meta.url));
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
});
const kills = Number(values.kills);
const random = seededRandom(Number(values.seed));

/** Trainings killed with SIGKILL at random moments and resumed end with the files of one that was left alone. */
async function check(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-train-kill-'));
  try {
    const alone = join(directory, 'left-alone');
    const started = performance.now();
    await trainUndisturbed(alone);
    const fullMs = performance.now() - started;
    const expected = await comparableFiles(alone);
    let done = 0;
    let midway = 0;
    for (let round = 0; done < kills; round++) {
      const run = join(directory, `killed-${round}`);
      const killed = await trainKilled(run, { fullMs, most: kills - done });
      await trainUndisturbed(run);
      compare(expected, await comparableFiles(run), `round ${round}, ${killed} kills`);
      done += killed;
      midway += await resumesOf(run);
      await rm(run, { recursive: true });
    }
    process.stdout.write(
      `${done} kills, of which ${midway} were resumed from a checkpoint; every resumed training ended with the same files\n`,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function trainUndisturbed(run: string): Promise<void> {
  const code = await ended(startTraining(run));
  if (code !== 0) throw new Error(`training ended with ${code}`);
}

/** Kills until the training ends by itself or has been killed often enough; returns how often. */
async function trainKilled(run: string, { fullMs, most }: { fullMs: number; most: number }): Promise<number> {
  for (let count = 0; count < most; count++) {
    const child = startTraining(run);
    const timer = setTimeout(() => child.kill('SIGKILL'), random.next() * fullMs);
    const code = await ended(child);
    clearTimeout(timer);
    if (code === 0) return count;
  }
  return most;
}

async function resumesOf(run: string): Promise<number> {
  const { events } = await readEvents(join(run, 'events.jsonl'));
  return events.filter(({ type }) => type === 'run-resume').length;
}

function startTraining(run: string): ChildProcess {
  return spawn(process.execPath, [program, run], { stdio: ['ignore', 'ignore', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<number | null> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  await once(child, 'exit');
  if (child.signalCode === null && stderr !== '') process.stderr.write(stderr);
  return child.exitCode;
}

function compare(expected: Record<string, string>, found: Record<string, string>, what: string): void {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  const different = names.filter((name) => expected[name] !== found[name]);
  if (different.length > 0)
    throw new Error(`${what}: ${different.length} files differ: ${different.slice(0, 10).join(', ')}`);
  process.stderr.write(`${what}: ${names.length} files identical\n`);
}

await check();
