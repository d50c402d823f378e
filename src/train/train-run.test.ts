import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { RunEvent } from '../schema/run-event.ts';
import type { RunSpec } from '../schema/run-spec.ts';
import { comparableFiles } from './comparable-files.conformance.ts';
import { readEvents } from './event-log.ts';
import {
  SOFTMAX_ENGINE_VERSION,
  softmaxEvaluation,
  softmaxPlan,
  softmaxSpec,
  SoftmaxTrainer,
} from './softmax-trainer.conformance.ts';
import { type RunOutcome, trainRun, type TrainRunOptions } from './train-run.ts';

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-train-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function train(
  directory: string,
  spec: RunSpec,
  changes: Partial<TrainRunOptions> = {},
): Promise<RunOutcome> {
  const trainer = new SoftmaxTrainer({ seed: spec.seed, threads: spec.threads });
  return trainRun({
    directory,
    spec,
    trainer,
    plan: softmaxPlan(spec),
    engineVersion: SOFTMAX_ENGINE_VERSION,
    resumeCommand: 'homegrown climb mood',
    evaluate: () => softmaxEvaluation(trainer),
    ...changes,
  });
}

/** Trains until this event has been seen `times`, then interrupts. */
async function interruptAfter(directory: string, spec: RunSpec, step: number): Promise<HomegrownError> {
  const controller = new AbortController();
  const failure = await train(directory, spec, {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step-end' && event.step === step) controller.abort();
    },
  }).catch((error: unknown) => error);
  if (failure instanceof HomegrownError) return failure;
  throw new Error('it was not interrupted');
}

function typesOf(events: readonly RunEvent[]): string[] {
  return events.map(({ type }) => type);
}

test('a run leaves its spec, its events, the two newest checkpoints and the best', async () => {
  const directory = await emptyDirectory();
  const outcome = await train(directory, softmaxSpec());
  const { events } = await readEvents(join(directory, 'events.jsonl'));
  expect(events[0]).toMatchObject({ type: 'run-start', steps: 60, threads: 1, metric: 'accuracy' });
  expect(events.at(-1)).toMatchObject({ type: 'run-end', step: 60, reason: 'steps', best: outcome.best });
  expect(typesOf(events).filter((type) => type === 'step-end')).toHaveLength(60);
  const evaluated = events.filter((event) => event.type === 'evaluation-end');
  expect(evaluated.map(({ step }) => step)).toEqual([7, 14, 21, 28, 35, 42, 49, 56, 60]);
  const best = Math.max(...evaluated.map(({ quality }) => quality!));
  expect(outcome.best).toMatchObject({ quality: best });
  expect(outcome.best!.step).toBe(evaluated.find(({ quality }) => quality === best)!.step);
  const kept = (await readdir(join(directory, 'checkpoints'))).map(Number).toSorted((a, b) => a - b);
  expect(kept).toEqual([...new Set([outcome.best!.step, 50, 60])].toSorted((a, b) => a - b));
  expect(outcome.checkpoint).toBe(join(directory, 'checkpoints', String(outcome.best!.step)));
  const losses = events.filter((event) => event.type === 'step-end').map(({ loss }) => loss);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
});

test('interrupted after any step and resumed, a run ends with the files of one left alone', async () => {
  const spec = softmaxSpec({
    schedule: { kind: 'linear', peakLearningRate: 0.05, warmupSteps: 5, steps: 24, finalShare: 0 },
  });
  const alone = await emptyDirectory();
  await train(alone, spec);
  const expected = await comparableFiles(alone);
  for (let step = 1; step < 24; step++) {
    const directory = await emptyDirectory();
    const interruption = await interruptAfter(directory, spec, step);
    expect(interruption).toMatchObject({ code: 'train/interrupted', kind: 'interrupted', exitCode: 130 });
    expect(interruption.hint).toBe('Go on with: homegrown climb mood');
    await train(directory, spec);
    expect(await comparableFiles(directory), `step ${step}`).toEqual(expected);
  }
});

test('a run interrupted again and again ends the same', async () => {
  const spec = softmaxSpec();
  const alone = await emptyDirectory();
  await train(alone, spec);
  const directory = await emptyDirectory();
  for (const step of [3, 11, 12, 13, 29, 30, 31, 47, 59]) await interruptAfter(directory, spec, step);
  const resumed: RunEvent[] = [];
  await train(directory, spec, { onEvent: (event) => resumed.push(event) });
  expect(resumed[0]).toMatchObject({ type: 'run-resume', step: 59 });
  expect(await comparableFiles(directory)).toEqual(await comparableFiles(alone));
});

test('early stopping counts evaluations across an interruption', async () => {
  const spec = softmaxSpec({
    schedule: { kind: 'constant', peakLearningRate: 0.3, warmupSteps: 0, steps: 400, finalShare: 1 },
    evaluation: { everySteps: 3, patience: 4, metric: 'loss' },
  });
  const alone = await emptyDirectory();
  const outcome = await train(alone, spec);
  expect(outcome.reason).toBe('early-stop');
  expect(outcome.step).toBe(outcome.best!.step + 12);
  const directory = await emptyDirectory();
  await interruptAfter(directory, spec, outcome.best!.step + 7);
  expect(await train(directory, spec)).toMatchObject({ reason: 'early-stop', step: outcome.step });
  expect(await comparableFiles(directory)).toEqual(await comparableFiles(alone));
});

test('a finished run is not trained again; fresh trains it again', async () => {
  const directory = await emptyDirectory();
  const first = await train(directory, softmaxSpec());
  const events: RunEvent[] = [];
  const again = await train(directory, softmaxSpec(), { onEvent: (event) => events.push(event) });
  expect(again).toEqual({ ...first, repeated: true });
  expect(events).toEqual([]);
  const fresh = await train(directory, softmaxSpec(), {
    fresh: true,
    onEvent: (event) => events.push(event),
  });
  expect(fresh).toEqual(first);
  expect(events[0]!.type).toBe('run-start');
});

test.each<[string, Partial<RunSpec>, Partial<TrainRunOptions>, string[]]>([
  ['data', { dataset: 'e'.repeat(64) }, {}, ['train/other-data', 'ddd', 'eee']],
  ['seed', { seed: 2 }, {}, ['train/other-spec', 'expected seed 1', 'found seed 2']],
  [
    'rate',
    { schedule: { kind: 'constant', peakLearningRate: 0.1, warmupSteps: 5, steps: 60, finalShare: 1 } },
    {},
    ['train/other-spec', 'schedule.peakLearningRate 0.05', 'schedule.finalShare 1'],
  ],
  ['threads', { threads: 2 }, {}, ['train/other-threads', 'expected 1 thread;', 'found 2 threads']],
  ['code', {}, { engineVersion: 'softmax-2' }, ['train/other-code', 'expected code', 'found code']],
  [
    'threads of the trainer',
    {},
    { trainer: new SoftmaxTrainer({ seed: 1, threads: 2 }) },
    ['train/other-threads', 'found 2 threads'],
  ],
])('resuming with other %s is refused', async (_name, specChanges, changes, [code, ...texts]) => {
  const directory = await emptyDirectory();
  await interruptAfter(directory, softmaxSpec(), 15);
  const before = await comparableFiles(directory);
  const error = (await train(directory, softmaxSpec(specChanges), changes).catch(
    (failure: unknown) => failure,
  )) as HomegrownError;
  expect(error).toBeInstanceOf(HomegrownError);
  expect(error).toMatchObject({ code, kind: 'refused', exitCode: 3 });
  expect(error.hint).toBeDefined();
  for (const text of texts) expect(error.message).toContain(text);
  expect(await comparableFiles(directory)).toEqual(before);
});

test('a number that is not finite stops before the update and says where', async () => {
  const directory = await emptyDirectory();
  const spec = softmaxSpec();
  const broken = train(directory, spec, { plan: softmaxPlan(spec, { broken: 24 }) });
  const error = (await broken.catch((failure: unknown) => failure)) as HomegrownError;
  expect(
    error.message.replace(directory, 'run').replace(/examples [\d, ]+/, 'examples …'),
  ).toMatchInlineSnapshot(
    `"run: the loss was no finite number in step 25, micro-batch 2 (examples …); the step changed nothing; expected a finite loss; found NaN or infinity at a learning rate of 0.0376"`,
  );
  expect(error.hint).toContain('The checkpoint of step 20 is kept.');
  const { events } = await readEvents(join(directory, 'events.jsonl'));
  expect(events.at(-1)).toMatchObject({ type: 'run-failed', step: 24, code: 'train/non-finite' });
  await train(directory, spec);
  const alone = await emptyDirectory();
  await train(alone, spec);
  expect(await comparableFiles(directory)).toEqual(await comparableFiles(alone));
});

test('a worker that is gone, and an evaluation without a number, leave the last checkpoint', async () => {
  const directory = await emptyDirectory();
  const spec = softmaxSpec();
  const trainer = new SoftmaxTrainer({ seed: spec.seed });
  const lost = train(directory, spec, {
    trainer,
    evaluate: () => softmaxEvaluation(trainer),
    onEvent: (event) => void (event.type === 'step-end' && event.step === 25 && trainer.close()),
  });
  await expect(lost).rejects.toMatchObject({
    code: 'train/worker-lost',
    hint: expect.stringContaining('Go on with: homegrown climb mood'),
  });
  const evaluate = async (): Promise<{ loss: number; quality: number }> => ({ loss: Number.NaN, quality: 1 });
  await expect(train(directory, spec, { evaluate })).rejects.toMatchObject({
    code: 'train/non-finite-evaluation',
  });
  expect((await train(directory, spec)).reason).toBe('steps');
});

test('a loss that stays high stops the run', async () => {
  const directory = await emptyDirectory();
  const spec = softmaxSpec({
    schedule: { kind: 'constant', peakLearningRate: 0.05, warmupSteps: 0, steps: 200, finalShare: 1 },
    evaluation: null,
  });
  const plan = softmaxPlan(spec);
  const wrong = train(directory, spec, {
    plan: {
      batch: async (step) => {
        const batch = await plan.batch(step);
        if (step >= 120)
          for (const { features } of batch.microBatches)
            features!.data.set(features!.data.map((x) => -9 * x));
        return batch;
      },
    },
  });
  const error = (await wrong.catch((failure: unknown) => failure)) as HomegrownError;
  expect(error.code).toBe('train/diverged');
  expect(error.message).toContain('for 5 steps up to step 125');
  expect(error.hint).toContain('The checkpoint of step 120 is kept.');
});

test('two trainings in one folder: the second is refused', async () => {
  const directory = await emptyDirectory();
  const first = train(directory, softmaxSpec());
  await expect(train(directory, softmaxSpec())).rejects.toMatchObject({ code: 'train/busy' });
  await first;
});
