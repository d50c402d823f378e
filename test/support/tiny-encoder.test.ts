import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { HomegrownError } from '../../src/errors/homegrown-error.ts';
import { comparableFiles } from '../../src/train/comparable-files.conformance.ts';
import { readEvents } from '../../src/train/event-log.ts';
import { type RunOutcome, trainRun, type TrainRunOptions } from '../../src/train/train-run.ts';
import { openTinyTrainer, tinyTraining } from './tiny-encoder.ts';

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-tiny-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function train(
  directory: string,
  change: (options: TrainRunOptions) => Partial<TrainRunOptions> = () => ({}),
): Promise<RunOutcome> {
  const trainer = await openTinyTrainer();
  try {
    const options = tinyTraining(directory, trainer);
    return await trainRun({ ...options, ...change(options) });
  } finally {
    await trainer.close();
  }
}

test('on the real engine: NaN, a lost worker and an interruption cost nothing but time', async () => {
  const alone = await emptyDirectory();
  await train(alone);
  const directory = await emptyDirectory();

  const broken = train(directory, ({ plan }) => ({
    plan: {
      async batch(step) {
        const batch = await plan.batch(step);
        if (step === 49) batch.microBatches[1]!['mask']!.data[0] = Number.NaN;
        return batch;
      },
    },
  }));
  const error = (await broken.catch((thrown: unknown) => thrown)) as HomegrownError;
  expect(error.code).toBe('train/non-finite');
  expect(error.message).toContain('was no finite number in step 50, micro-batch 2');
  expect(error.hint).toContain('The checkpoint of step 4');

  const trainer = await openTinyTrainer();
  const lost = trainRun({
    ...tinyTraining(directory, trainer),
    onEvent: (event) => void (event.type === 'step-end' && event.step === 110 && trainer.close()),
  });
  await expect(lost).rejects.toMatchObject({ code: 'train/worker-lost' });

  const controller = new AbortController();
  const interrupted = train(directory, () => ({
    signal: controller.signal,
    onEvent: (event) => void (event.type === 'step-end' && event.step === 177 && controller.abort()),
  }));
  await expect(interrupted).rejects.toMatchObject({ code: 'train/interrupted', exitCode: 130 });

  await train(directory);
  const { events } = await readEvents(join(directory, 'events.jsonl'));
  expect(events.filter(({ type }) => type === 'run-resume')).toHaveLength(3);
  expect(await comparableFiles(directory)).toEqual(await comparableFiles(alone));
});
