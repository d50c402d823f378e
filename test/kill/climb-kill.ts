import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { canonicalJson, sha256 } from '../../src/util/content-hash.ts';
import { seededRandom } from '../../src/util/random.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
});
const kills = Number(values.kills);
const random = seededRandom(Number(values.seed));

const CONFIG = `export default { tasks: { topic: { kind: 'classify', data: 'data.jsonl', columns: { group: 'group' } } } };\n`;
/** One climb by cross-validation and one with a held-out set. */
const SIZES = [300, 8000];

/** Climbs killed with SIGKILL at random moments and resumed end with the files of one that was left alone. */
async function check(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-kill-'));
  try {
    const source = join(directory, 'wordnet.jsonl');
    await writeWordnetExamples(source);
    const lines = (await readFile(source, 'utf8')).trimEnd().split('\n');
    let done = 0;
    for (const size of SIZES)
      done += await checkSize(directory, {
        lines: sample(lines, size),
        kills: Math.ceil(kills / SIZES.length),
      });
    process.stdout.write(`${done} kills, every resumed climb ended with the same files\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function sample(lines: readonly string[], size: number): string[] {
  const step = lines.length / size;
  return Array.from({ length: size }, (_, index) => lines[Math.floor(index * step)]!);
}

async function checkSize(
  directory: string,
  { lines, kills: wanted }: { lines: readonly string[]; kills: number },
): Promise<number> {
  const template = join(directory, `template-${lines.length}`);
  await mkdir(template);
  await writeFile(join(template, 'data.jsonl'), `${lines.join('\n')}\n`);
  await writeFile(join(template, 'homegrown.config.ts'), CONFIG);
  const started = performance.now();
  const expected = await climbUndisturbed(await copyOf(template, 'left-alone'));
  const fullMs = performance.now() - started;
  let done = 0;
  for (let round = 0; done < wanted; round++) {
    const project = await copyOf(template, `killed-${round}`);
    const killed = await climbKilled(project, { fullMs, most: wanted - done });
    done += killed;
    compare(
      expected,
      await climbUndisturbed(project),
      `${lines.length} examples, round ${round}, ${killed} kills`,
    );
    await rm(project, { recursive: true });
  }
  return done;
}

async function copyOf(template: string, name: string): Promise<string> {
  const project = `${template}-${name}`;
  await cp(template, project, { recursive: true });
  return project;
}

async function climbUndisturbed(project: string): Promise<Map<string, string>> {
  const child = startClimb(project);
  const code = await ended(child);
  if (code !== 0) throw new Error(`climb ended with ${code}`);
  return hashesOf(project);
}

/** Kills until the climb ends by itself or has been killed often enough; returns how often. */
async function climbKilled(
  project: string,
  { fullMs, most }: { fullMs: number; most: number },
): Promise<number> {
  for (let count = 0; count < most; count++) {
    const child = startClimb(project);
    const timer = setTimeout(() => child.kill('SIGKILL'), random.next() * fullMs);
    const code = await ended(child);
    clearTimeout(timer);
    if (code === 0) return count;
  }
  return most;
}

function startClimb(project: string): ChildProcess {
  return spawn(process.execPath, [main, 'climb'], { cwd: project, stdio: ['ignore', 'ignore', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<number | null> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  await once(child, 'exit');
  if (child.signalCode === null && child.exitCode !== 0) process.stderr.write(stderr);
  return child.exitCode;
}

/** What a clock, a scale or a process number may differ in. */
const MEASURED =
  /^runs\/[^/]+\/(measured\/|events\.jsonl$|scopes\/.*\/training\/.*\/events\.jsonl$)|^store\.db|^climb\.lock|report\.html$/;

async function hashesOf(project: string): Promise<Map<string, string>> {
  const root = join(project, '.homegrown');
  const hashes = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    if (MEASURED.test(name)) continue;
    hashes.set(
      name,
      name.endsWith('report.json')
        ? sha256(withoutMeasured(await readFile(path, 'utf8')))
        : sha256(await readFile(path)),
    );
  }
  return hashes;
}

function withoutMeasured(text: string): string {
  return canonicalJson(JSON.parse(text, (key, value: unknown) => (key === 'measured' ? null : value)));
}

function compare(
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
  what: string,
): void {
  const names = new Set([...expected.keys(), ...found.keys()]);
  const different = [...names].filter((name) => expected.get(name) !== found.get(name));
  if (different.length > 0)
    throw new Error(`${what}: ${different.length} files differ: ${different.slice(0, 10).join(', ')}`);
  process.stderr.write(`${what}: ${names.size} files identical\n`);
}

await check();
