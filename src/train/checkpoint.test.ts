import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainerState } from '../engine/training/trainer.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { seededRandom } from '../util/random.ts';
import { type CheckpointFacts, readCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { checkpointSteps, newestWholeCheckpoint, pruneCheckpoints } from './checkpoint-shelf.ts';

let run: string;

const facts = (step: number, changes: Partial<CheckpointFacts> = {}): CheckpointFacts => ({
  step,
  scheduled: true,
  specHash: 'spec',
  dataset: 'data',
  codeVersion: 'code',
  homegrown: '0.1.0',
  threads: 1,
  best: null,
  evaluationsWithoutBetter: 0,
  recentLosses: [0.1 + 0.2, 1 / 3],
  stepsTooHigh: 0,
  ...changes,
});

const state = (step: number): TrainerState =>
  new Map([
    ['parameter/weights', { shape: [2, 3], data: Float32Array.from([-0, 1e-45, 3.4e38, step, 0.1, -1]) }],
    ['first-moment/weights', { shape: [2, 3], data: new Float32Array(6).fill(step / 7) }],
    ['counter', { shape: [1], data: Int32Array.from([step]) }],
  ]);

const directoryOf = (step: number): string => join(run, 'checkpoints', String(step));

beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'homegrown-checkpoint-'));
  for (const step of [10, 20])
    await saveCheckpoint(directoryOf(step), { facts: facts(step), state: state(step) });
});
afterAll(() => rm(run, { recursive: true }));

/** The run with the file of its newest checkpoint changed. */
async function changed(file: string, change: (path: string) => Promise<void>): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'homegrown-checkpoint-'));
  await cp(run, copy, { recursive: true });
  await change(join(copy, 'checkpoints', '20', file));
  return copy;
}

/** What going on from it says, after checking that it goes on from the checkpoint before. */
async function fallback(copy: string): Promise<string> {
  const warnings: string[] = [];
  const found = await newestWholeCheckpoint(copy, (message) => warnings.push(message));
  expect(found?.facts.step).toBe(10);
  expect(await checkpointSteps(copy)).toEqual([10]);
  await rm(copy, { recursive: true });
  return warnings.join('\n').replaceAll(copy, 'run');
}

test('what was saved is read again, bit by bit', async () => {
  const read = await readCheckpoint(directoryOf(20));
  expect(read.facts).toMatchObject(facts(20));
  expect(new Map(read.state)).toEqual(new Map(state(20)));
  expect(Object.is(read.state.get('parameter/weights')!.data[0], -0)).toBe(true);
});

describe('a damaged checkpoint is refused by name, and the one before it taken', () => {
  test.each(['state.safetensors', 'checkpoint.json'])('%s cut off at any byte', async (file) => {
    const bytes = await readFile(join(directoryOf(20), file));
    const headerEnd = file === 'checkpoint.json' ? bytes.length : 8 + Number(bytes.readBigUInt64LE(0));
    const random = seededRandom(1);
    const lengths = [
      ...Array(headerEnd).keys(),
      ...Array.from({ length: 200 }, () => random.integer(bytes.length)),
    ];
    const path = join(directoryOf(20), file);
    for (const length of lengths) {
      await truncate(path, length);
      const error = await readCheckpoint(directoryOf(20)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(HomegrownError);
      expect(error).toMatchObject({ code: 'train/damaged-checkpoint', where: path });
      await writeFile(path, bytes);
    }
    const text = await fallback(await changed(file, (copy) => truncate(copy, bytes.length - 1)));
    expect(text).toContain(`run/checkpoints/20/${file}: this checkpoint is damaged`);
    expect(text).toContain('Going on from the checkpoint of step 10 instead.');
  });

  test.each(['state.safetensors', 'checkpoint.json'])('%s with any byte changed or added', async (file) => {
    const path = join(directoryOf(20), file);
    const bytes = await readFile(path);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Uint8Array.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      await writeFile(path, flipped);
      await expect(readCheckpoint(directoryOf(20)), `byte ${at}`).rejects.toMatchObject({
        code: 'train/damaged-checkpoint',
        where: path,
      });
    }
    await writeFile(path, Buffer.concat([bytes, Buffer.from(' ')]));
    await expect(readCheckpoint(directoryOf(20))).rejects.toMatchObject({ code: 'train/damaged-checkpoint' });
    await writeFile(path, bytes);
  });

  test('a missing file', async () => {
    expect(await fallback(await changed('state.safetensors', (path) => rm(path)))).toMatchInlineSnapshot(
      `"run/checkpoints/20/state.safetensors: this checkpoint is damaged; expected a readable file; found none. Going on from the checkpoint of step 10 instead."`,
    );
  });

  test('the best checkpoint is damaged', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'homegrown-checkpoint-'));
    const best = { step: 20, loss: 1, quality: null };
    await cp(run, copy, { recursive: true });
    await saveCheckpoint(join(copy, 'checkpoints', '30'), { facts: facts(30, { best }), state: state(30) });
    await truncate(join(copy, 'checkpoints', '20', 'state.safetensors'), 100);
    expect(await fallback(copy)).toContain('20/state.safetensors');
  });

  test('none is whole', async () => {
    const copy = await changed('state.safetensors', (path) => truncate(path, 0));
    await truncate(join(copy, 'checkpoints', '10', 'checkpoint.json'), 9);
    await expect(newestWholeCheckpoint(copy, () => undefined)).rejects.toMatchObject({
      code: 'train/no-whole-checkpoint',
      found: expect.stringMatching(/20\/state.safetensors.*10\/checkpoint.json/),
    });
    expect(await checkpointSteps(copy)).toEqual([10, 20]);
    await rm(copy, { recursive: true });
  });
});

test('kept are the two newest that the spec asked for, the best, and the newest', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'homegrown-checkpoint-'));
  for (const step of [10, 20, 25, 30, 35, 40, 43, 45])
    await saveCheckpoint(join(copy, 'checkpoints', String(step)), {
      facts: facts(step, { scheduled: step % 10 === 0 }),
      state: state(step),
    });
  await mkdir(join(copy, 'checkpoints', '007'));
  await pruneCheckpoints(copy, 20);
  expect(await checkpointSteps(copy)).toEqual([20, 30, 40, 45]);
  await rm(copy, { recursive: true });
});

const limited = `
  import { saveCheckpoint } from '${new URL('checkpoint.ts', import.meta.url).href}';
  process.on('SIGXFSZ', () => undefined);
  const data = new Float32Array(100_000);
  const facts = ${JSON.stringify(facts(30))};
  await saveCheckpoint(process.argv[1], { facts, state: new Map([['w', { shape: [data.length], data }]]) })
    .catch((error) => console.log(JSON.stringify({ ...error, message: error.message })));
`;

/** Saves checkpoint 30 where the shell's `limit` does not let it fit; what the error says. */
function saveLimited(directory: string, limit: string): { code: string; message: string; hint: string } {
  const parameters = [
    '-c',
    `${limit}; exec "$@"`,
    'bash',
    process.execPath,
    '--input-type=module',
    '-e',
    limited,
  ];
  return JSON.parse(execFileSync('bash', [...parameters, directory], { encoding: 'utf8' }));
}

test.skipIf(process.platform === 'win32')(
  'a checkpoint that cannot be written leaves the others whole',
  async () => {
    const error = saveLimited(directoryOf(30), 'ulimit -f 100');
    expect(error.code).toBe('file/write-failed');
    expect(await readdir(join(run, 'checkpoints'))).toEqual(['10', '20']);
    expect((await newestWholeCheckpoint(run, () => undefined))?.facts.step).toBe(20);
  },
);

test.skipIf(process.getuid?.() !== 0)('a full disk is named, and the others stay whole', async (context) => {
  const mount = await mkdtemp(join(tmpdir(), 'homegrown-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', mount], { stdio: 'ignore' });
  } catch {
    await rm(mount, { recursive: true });
    return context.skip('mounting is not allowed here');
  }
  try {
    await cp(join(run, 'checkpoints'), join(mount, 'checkpoints'), { recursive: true });
    const error = saveLimited(join(mount, 'checkpoints', '30'), 'true');
    expect(error.message).toContain('the disk is full');
    expect(error.hint).toContain('Free some disk space');
    expect(await readdir(join(mount, 'checkpoints'))).toEqual(['10', '20']);
    expect((await newestWholeCheckpoint(mount, () => undefined))?.facts.step).toBe(20);
  } finally {
    execFileSync('umount', [mount]);
    await rm(mount, { recursive: true });
  }
});
