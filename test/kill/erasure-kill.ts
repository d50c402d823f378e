import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, watch } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { saveCandidateFolder } from '../../src/predictor/candidate-folder.ts';
import { openProject } from '../../src/project/project.ts';
import type { ErasureRecord } from '../../src/schema/erasure.ts';
import { seededRandom } from '../../src/util/random.ts';
import {
  type Corpus,
  erasureCorpus,
  filesWithTraces,
  plantLeftovers,
  TOPICS,
  USER,
} from '../support/erasure-corpus.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
});
const kills = Number(values.kills);
const random = seededRandom(Number(values.seed));

const CONFIG = `export default { tasks: { topic: { kind: 'classify', data: { source: 'captured' } } } };\n`;
const MOST_KILLS_OF_ONE = 4;
const MOST_FILE_EVENTS = 24;

/** Erasures killed with SIGKILL at random moments and gone on with leave no trace, and the record and files of one that was left alone. */
async function check(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-erasure-kill-'));
  try {
    const template = join(directory, 'template');
    const corpus = await makeTemplate(template);
    const alone = await copyOf(template, 'alone');
    const started = performance.now();
    const expected = await eraseUndisturbed(alone);
    const fullMs = performance.now() - started;
    await compare(alone, corpus, { expected, found: expected });
    let done = 0;
    for (let round = 0; done < kills; round++) {
      const project = await copyOf(template, `killed-${round}`);
      const killed = await eraseKilled(project, { fullMs, most: Math.min(MOST_KILLS_OF_ONE, kills - done) });
      const found = await eraseUndisturbed(project);
      await compare(project, corpus, { expected, found });
      done += killed;
      await rm(project, { recursive: true });
    }
    process.stdout.write(`${done} kills, every erasure that was gone on with left no trace\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeTemplate(directory: string): Promise<Corpus> {
  const corpus = await erasureCorpus(600);
  await mkdir(directory);
  await writeFile(join(directory, 'homegrown.config.ts'), CONFIG);
  const project = await openProject(directory);
  try {
    await project.store.inferences.append(corpus.calls);
    await project.store.feedback.append(corpus.feedback);
    const { manifest } = await project.buildDataset();
    const candidate = join(directory, 'candidate');
    await saveFewShot(candidate, corpus, manifest.hash);
    await project.models.register({
      directory: candidate,
      task: 'topic',
      evaluation: null,
      goLive: 'if-first',
    });
    await rm(candidate, { recursive: true });
  } finally {
    await project.close();
  }
  await plantLeftovers(directory, corpus.theirs[1]!);
  await rm(join(directory, 'mine.csv'));
  return corpus;
}

async function saveFewShot(directory: string, { theirs, labels }: Corpus, dataset: string): Promise<void> {
  const shown = [...theirs, 'a text of somebody else'].map((input) => ({
    input,
    output: labels.get(input) ?? TOPICS[0],
  }));
  const prompt = {
    format: 1,
    upstream: 'main',
    model: 'm',
    template: 'nearest',
    system: 'Sort.',
    user: { before: '', after: '' },
    maxInputCharacters: 1000,
    maxOutputTokens: 10,
    temperature: 0,
    shots: { count: 2, maxCharacters: 600 },
    outcomes: null,
  };
  const facts = {
    kind: 'few-shot' as const,
    name: 'few-shot',
    rung: 'few-shot' as const,
    task: 'topic',
    labels: TOPICS,
    settings: {},
    upstreams: ['main'],
    lineage: { dataset, run: 'r', seed: 1, homegrown: '0', trainedOn: 1 },
    notes: [],
  };
  await saveCandidateFolder(directory, facts, async (folder) => {
    await writeFile(join(folder, 'prompt.json'), JSON.stringify(prompt));
    await writeFile(join(folder, 'examples.jsonl'), shown.map((row) => `${JSON.stringify(row)}\n`).join(''));
  });
}

async function copyOf(template: string, name: string): Promise<string> {
  const project = `${template}-${name}`;
  await cp(template, project, { recursive: true });
  return project;
}

function startErasure(project: string): ChildProcess {
  const flags = ['--project', project, '--json', 'data', 'erase', '--user', USER];
  return spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function eraseUndisturbed(project: string): Promise<ErasureRecord> {
  const child = startErasure(project);
  const [output, errors] = await Promise.all([
    textOf(child.stdout!),
    textOf(child.stderr!),
    once(child, 'exit'),
  ]);
  if (child.exitCode !== 0) throw new Error(`the erasure failed with ${child.exitCode}: ${errors}`);
  return JSON.parse(output) as ErasureRecord;
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Kills one erasure after the other, always going on with the same, until it ends or has been killed often enough. */
async function eraseKilled(
  project: string,
  { fullMs, most }: { fullMs: number; most: number },
): Promise<number> {
  for (let killed = 0; killed < most; killed++) {
    const child = startErasure(project);
    const cancel = killed % 2 === 0 ? killAtRandom(child, fullMs) : killAtFileEvent(child, project);
    await Promise.all([textOf(child.stdout!), textOf(child.stderr!), once(child, 'exit')]);
    cancel();
    if (child.signalCode !== 'SIGKILL') return killed;
  }
  return most;
}

function killAtRandom(child: ChildProcess, fullMs: number): () => void {
  const timer = setTimeout(() => child.kill('SIGKILL'), fullMs * (0.1 + 0.9 * random.next()));
  return () => clearTimeout(timer);
}

/** Hits the moments, too short for chance, in which an erasure notes its wish, its work and its record and removes them. */
function killAtFileEvent(child: ChildProcess, project: string): () => void {
  const folder = join(project, '.homegrown', 'erasures');
  mkdirSync(folder, { recursive: true });
  let left = Math.ceil(random.next() * MOST_FILE_EVENTS);
  const watcher = watch(folder, (_event, name) => {
    if (!name?.includes('era_')) return;
    left -= 1;
    if (left === 0) child.kill('SIGKILL');
  });
  return () => watcher.close();
}

/** The record of an erasure that ended before its last start is of an erasure of nothing: then the first one counts. */
async function compare(
  project: string,
  corpus: Corpus,
  { expected, found }: { expected: ErasureRecord; found: ErasureRecord },
): Promise<void> {
  const traces = await filesWithTraces(project, corpus);
  if (traces.length > 0) throw new Error(`traces are left in ${traces.join(', ')}`);
  const folder = join(project, '.homegrown', 'erasures');
  const names = (await readdir(folder)).filter((name) => /^era_\w+\.json$/u.test(name)).toSorted();
  const records = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as ErasureRecord),
  );
  const [first] = records.length > 0 ? records : [found];
  const [is, should] = [essentials(first!), essentials(expected)];
  if (is !== should) throw new Error(`another record:\n${is}\nexpected:\n${should}`);
  const left = (await readdir(folder)).filter((name) => /pending|work/u.test(name));
  if (left.length > 0) throw new Error(`not finished: ${left.join(', ')}`);
}

function essentials({
  captures,
  feedback,
  datasets,
  models,
  trainedOn,
  runFiles,
  temporaryFiles,
}: ErasureRecord): string {
  return JSON.stringify({ captures, feedback, datasets, models, trainedOn, runFiles, temporaryFiles });
}

await check();
