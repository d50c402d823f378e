// usage: node test/pack/pack-test.ts [--keep]
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { orderedExamples } from '../support/build-encoder.ts';
import { type ConsumerProject, createConsumerProject } from './consumer-project.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_BEHIND = new Set(['node_modules', '.git', 'dist', 'demo-project', '.homegrown']);
const OLDEST_NODE = '22.19.0';

/** The published package installs into an empty project and does its main job, on the oldest and the newest Node we name. */
async function packTest(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-pack-'));
  try {
    const tarball = await pack(directory);
    for (const { nodeVersion, gpuFiles } of [
      { nodeVersion: OLDEST_NODE, gpuFiles: 'unreachable' },
      { nodeVersion: process.versions.node, gpuFiles: 'skipped' },
    ] as const) {
      const place = join(directory, `node-${nodeVersion}`);
      const consumer = await createConsumerProject(place, { tarball, nodeVersion, gpuFiles });
      await useIt(consumer, nodeVersion);
      await climbWithEncoder(consumer, { hasEngine: gpuFiles === 'skipped' });
      say(`Node ${nodeVersion}, files for GPUs ${gpuFiles}: installed, typed, climbed, predicted`);
    }
  } finally {
    if (process.argv.includes('--keep')) say(`kept: ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

/** Packs a copy of the tree, so that a build somebody else is using stays where it is. */
async function pack(directory: string): Promise<string> {
  const copy = join(directory, 'tree');
  await cp(root, copy, { recursive: true, filter: (path) => !LEFT_BEHIND.has(basename(path)) });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', directory], { cwd: copy });
  const answer = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as Packed[] | Record<string, Packed>;
  const packed = Object.values(answer)[0]!;
  checkFiles(packed.files.map(({ path }) => path));
  say(
    `${packed.filename}: ${packed.files.length} files, ${kilobytes(packed.size)} (${kilobytes(packed.unpackedSize)} unpacked)`,
  );
  return join(directory, packed.filename);
}

function checkFiles(paths: string[]): void {
  for (const expected of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'LICENSE', 'README.md']) {
    assert.ok(paths.includes(expected), `the package lacks ${expected}`);
  }
  const stray = paths.filter((path) =>
    /^(src|test|bench|scripts)\/|\.test\.|conformance|node_modules/.test(path),
  );
  assert.deepEqual(stray, [], 'the package holds what users do not need');
}

async function useIt(consumer: ConsumerProject, nodeVersion: string): Promise<void> {
  assert.equal((await consumer.run('node', '--version')).stdout.trim(), `v${nodeVersion}`);
  const help = await consumer.run('npx', 'homegrown', '--help');
  assert.match(help.stdout, /climb/);
  assertQuiet(help.stderr);
  await typecheck(consumer);
  await climbFromTheCommandLine(consumer);
  await climbFromTypeScript(consumer);
  await askThroughTheAiSdk(consumer);
}

/** The installed types hold in a strict project. */
async function typecheck(consumer: ConsumerProject): Promise<void> {
  await consumer.write('typed.ts', TYPED);
  await consumer.write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2024',
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        noEmit: true,
        skipLibCheck: false,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      },
      files: ['typed.ts'],
    }),
  );
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await consumer.attempt('node', compiler, '-p', 'tsconfig.json', '--pretty', 'false');
  assert.deepEqual(typeErrorsOfOurs(stdout), []);
}

/** Errors in the user's file or in our types; those inside other packages are theirs (`skipLibCheck` hides them). */
function typeErrorsOfOurs(printed: string): string[] {
  return printed.split('\n').filter((line) => /^(typed\.ts|node_modules\/homegrown\/)|^error/.test(line));
}

const TYPED = `import { defineConfig, HomegrownError, openProject } from 'homegrown';
import type { Config, ConfigInput, Prediction, Report } from 'homegrown';
import { createHomegrown, type HomegrownMetadata, type HomegrownProvider } from 'homegrown/ai-sdk';
import { createClient } from 'homegrown/client';

export const provider: HomegrownProvider = createHomegrown({ baseUrl: 'http://127.0.0.1:4400', apiKey: 'k' });
export const client = createClient({ baseUrl: 'http://127.0.0.1:4400' });
// @ts-expect-error -- a server has an address
createHomegrown({ apiKey: 'k' });

const input: ConfigInput = { tasks: { tone: { kind: 'classify', data: 'tone.jsonl' } } };
export const config: ConfigInput = defineConfig(input);
// @ts-expect-error -- 'guess' is no kind of task
defineConfig({ tasks: { tone: { kind: 'guess', data: 'tone.jsonl' } } });

export async function use(): Promise<Prediction[]> {
  const project = await openProject('.');
  try {
    const predictor = await project.predictor('tone');
    return await predictor.predict(['good']);
  } catch (failure) {
    if (failure instanceof HomegrownError) throw new Error(failure.code, { cause: failure });
    throw failure;
  }
}
export type { Config, HomegrownMetadata, Report };
`;

async function climbFromTheCommandLine(consumer: ConsumerProject): Promise<void> {
  await consumer.write('tone.jsonl', labelledLines());
  await consumer.write('homegrown.config.ts', CONFIG);
  const climbed = await consumer.run('npx', 'homegrown', '--json', 'climb');
  const report = JSON.parse(climbed.stdout) as { task: string; choice: { chosen: string | null } };
  assert.equal(report.task, 'tone');
  assert.notEqual(report.choice.chosen, null, 'the climb chose no candidate');
  assertQuiet(climbed.stderr);
  await consumer.write('questions.jsonl', '"what a lovely happy day"\n{"input":"an awful sad evening"}\n');
  const predicted = await consumer.run('npx', 'homegrown', 'predict', 'tone', '--input', 'questions.jsonl');
  const labels = predicted.stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { label: string }).label);
  assert.deepEqual(labels, ['good', 'bad']);
  assertQuiet(predicted.stderr);
}

const CONFIG = `import { defineConfig } from 'homegrown';

export default defineConfig({
  tasks: { tone: { kind: 'classify', data: 'tone.jsonl', rungs: ['bag'], budget: { minutes: 1 } } },
});
`;

/** 120 examples in which one word tells the class. */
function labelledLines(): string {
  const words = { good: ['happy', 'lovely', 'fine'], bad: ['sad', 'awful', 'poor'] };
  const things = ['day', 'evening', 'meal', 'journey', 'song', 'letter', 'house', 'game', 'book', 'walk'];
  const lines = Object.entries(words).flatMap(([output, tones]) =>
    tones.flatMap((tone) =>
      things.flatMap((thing) => [
        JSON.stringify({ input: `what a ${tone} ${thing}`, output }),
        JSON.stringify({ input: `the ${thing} was ${tone} to us`, output }),
      ]),
    ),
  );
  return `${lines.join('\n')}\n`;
}

/** A network is trained and answers where ONNX Runtime is installed; elsewhere the report says what is missing. */
async function climbWithEncoder(
  consumer: ConsumerProject,
  { hasEngine }: { hasEngine: boolean },
): Promise<void> {
  await consumer.write('order.jsonl', orderedLines());
  await consumer.write(
    'homegrown.config.ts',
    CONFIG.replaceAll('tone', 'order').replace("['bag']", "['bag', 'encoder']"),
  );
  const climbed = await consumer.run('npx', 'homegrown', '--json', 'climb');
  const { choice, notTried } = JSON.parse(climbed.stdout) as {
    choice: { chosen: string | null };
    notTried: { rung: string; reason: string }[];
  };
  assertQuiet(climbed.stderr);
  const missing = notTried.find(({ rung }) => rung === 'encoder')?.reason;
  assert.equal(missing, hasEngine ? undefined : 'onnxruntime-node is not installed');
  assert.equal(choice.chosen, hasEngine ? 'encoder' : 'bag/words');
  await consumer.write('questions.jsonl', '"w1 cause w2 w3 effect w4"\n');
  const predicted = await consumer.run('npx', 'homegrown', 'predict', 'order', '--input', 'questions.jsonl');
  if (hasEngine) assert.equal((JSON.parse(predicted.stdout) as { label: string }).label, 'forward');
}

/** 2,600 examples whose class is told by the order of two words. */
function orderedLines(): string {
  return orderedExamples(2600)
    .map(({ input, output }) => `${JSON.stringify({ input, output })}\n`)
    .join('');
}

async function climbFromTypeScript(consumer: ConsumerProject): Promise<void> {
  await consumer.write('use.js', USE);
  const used = await consumer.run('node', 'use.js');
  assert.deepEqual(JSON.parse(used.stdout), ['good', 'bad']);
  assertQuiet(used.stderr);
}

const USE = `import { openProject } from 'homegrown';

const project = await openProject('.');
const predictor = await project.predictor('tone');
const answers = await predictor.predict(['a happy day', 'a sad song']);
console.log(JSON.stringify(answers.map(({ label }) => label)));
await predictor.close();
await project.close();
`;

/** The AI SDK itself is not installed: its provider needs only its interfaces. */
async function askThroughTheAiSdk(consumer: ConsumerProject): Promise<void> {
  await consumer.write('ask.js', ASK);
  const asked = await consumer.run('node', 'ask.js');
  assert.deepEqual(JSON.parse(asked.stdout), ['good', 'good']);
  assertQuiet(asked.stderr);
}

const ASK = `import { openProject } from 'homegrown';
import { createHomegrown } from 'homegrown/ai-sdk';
import { createClient } from 'homegrown/client';

const project = await openProject('.');
const server = await project.serve({ port: 0 });
const prompt = [{ role: 'user', content: [{ type: 'text', text: 'a happy day' }] }];
const answers = [];
for (const homegrown of [createHomegrown({ project }), createHomegrown({ baseUrl: server.url })]) {
  const { content } = await homegrown('task:tone').doGenerate({ prompt });
  answers.push(content[0].text);
  await homegrown.close();
}
await createClient({ baseUrl: server.url }).predict('tone', 'a sad song');
console.log(JSON.stringify(answers));
await server.close();
await project.close();
`;

function assertQuiet(stderr: string): void {
  assert.doesNotMatch(stderr, /warning|deprecat|experimental/i);
}

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} kB`;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await packTest();
