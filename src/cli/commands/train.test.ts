import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunSpec } from '../../schema/run-spec.ts';
import {
  SOFTMAX_ENGINE_VERSION,
  softmaxEvaluation,
  softmaxPlan,
  softmaxSpec,
  SoftmaxTrainer,
} from '../../train/softmax-trainer.conformance.ts';
import { runIdOf } from '../../train/run-identity.ts';
import { type RunOutcome, trainRun } from '../../train/train-run.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const spec = softmaxSpec();
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'homegrown-train-command-'));
  await writeFile(
    join(project, 'homegrown.config.mjs'),
    `export default { tasks: { mood: { kind: 'classify', data: 'data.jsonl' } } };\n`,
  );
  await train(spec);
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** Trains in the project; each evaluation takes so long. */
async function train(of: RunSpec, { evaluationMs = 0 }: { evaluationMs?: number } = {}): Promise<RunOutcome> {
  const trainer = new SoftmaxTrainer({ seed: of.seed });
  return trainRun({
    directory: join(project, '.homegrown', 'runs', runIdOf(of)),
    spec: of,
    trainer,
    plan: softmaxPlan(of),
    engineVersion: SOFTMAX_ENGINE_VERSION,
    resumeCommand: 'homegrown climb mood',
    evaluate: async () => {
      await sleep(evaluationMs);
      return softmaxEvaluation(trainer);
    },
  });
}

function homegrown(...parameters: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const environment = { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm' };
    const child = execFile(
      process.execPath,
      [main, ...parameters],
      { cwd: project, env: environment },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test('train list names the runs, how far they are and when they changed', async () => {
  const { stdout } = await homegrown('train', 'list');
  expect(stdout).toMatch(
    /^run +state +steps +changed\nmood-encoder-classifier-\w{12} +finished +60 of 60 +\d{4}-/,
  );
  const json = await homegrown('train', 'list', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject([{ run: runIdOf(spec), state: 'finished', stepsDone: 60 }]);
});

test('train show: a view for people, one document for programs', async () => {
  const { stdout, stderr, code } = await homegrown('train', 'show', 'mood-enc');
  expect(stdout).toContain(`Run ${runIdOf(spec)}: finished`);
  expect(stdout).toMatch(/Best +accuracy/);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  const json = await homegrown('--json', 'train', 'show');
  expect(JSON.parse(json.stdout)).toMatchObject({
    run: runIdOf(spec),
    directory: join('.homegrown', 'runs', runIdOf(spec)),
    state: 'finished',
    endReason: 'steps',
    checkpoints: expect.arrayContaining([50, 60]),
    spec,
  });
});

test('an unknown run gets the nearest name', async () => {
  const { stderr, code } = await homegrown('train', 'show', runIdOf(spec).replace('classifier', 'clasifier'));
  expect(stderr).toContain(`Did you mean "${runIdOf(spec)}"?`);
  expect(code).toBe(2);
});

test('--follow goes on until the run ends', async () => {
  const slow = softmaxSpec({ seed: 2 });
  const training = train(slow, { evaluationMs: 400 });
  await sleep(100);
  const [json, text] = await Promise.all([
    homegrown('train', 'show', runIdOf(slow), '--follow', '--json'),
    homegrown('train', 'show', runIdOf(slow), '--follow'),
  ]);
  await training;
  const lines = json.stdout.trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { type: string });
  expect(events[0]!.type).toBe('run-start');
  expect(events.at(-1)!.type).toBe('run-end');
  expect(events.filter(({ type }) => type === 'step-end')).toHaveLength(60);
  expect(text.stdout).toContain(`Run ${runIdOf(slow)}: finished`);
  expect(text.stderr).toMatch(/^step \d+/);
});
