import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { comparableFiles } from './comparable-files.conformance.ts';
import { checkpointSteps } from './checkpoint-shelf.ts';
import {
  SOFTMAX_ENGINE_VERSION,
  softmaxEvaluation,
  softmaxPlan,
  softmaxSpec,
  SoftmaxTrainer,
} from './softmax-trainer.conformance.ts';
import { type RunOutcome, trainRun, type TrainRunOptions } from './train-run.ts';

function train(directory: string, changes: Partial<TrainRunOptions> = {}): Promise<RunOutcome> {
  const spec = softmaxSpec();
  const trainer = new SoftmaxTrainer({ seed: spec.seed });
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

/** A file system of its own of so many bytes; null where mounting is not allowed. */
async function smallDisk(size: string): Promise<string | null> {
  const mount = await mkdtemp(join(tmpdir(), 'homegrown-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', mount], { stdio: 'ignore' });
    return mount;
  } catch {
    await rm(mount, { recursive: true });
    return null;
  }
}

test.skipIf(process.getuid?.() !== 0)(
  'a disk that fills up during a run: what was saved is gone on from',
  async (context) => {
    const mount = await smallDisk('400k');
    if (mount === null) return context.skip('mounting is not allowed here');
    const alone = await mkdtemp(join(tmpdir(), 'homegrown-full-'));
    try {
      await train(alone);
      const run = join(mount, 'run');
      const filling = train(run, {
        onEvent: (event) => {
          if (event.type === 'step-end' && event.step === 36)
            execFileSync('sh', ['-c', 'cat /dev/zero > "$0/filler" 2> /dev/null || true', mount]);
        },
      });
      await expect(filling).rejects.toMatchObject({
        code: 'file/write-failed',
        message: expect.stringContaining('the disk is full'),
        hint: expect.stringContaining('Free some disk space and run the same command again'),
      });
      expect(await checkpointSteps(run)).toContain(30);
      await writeFile(join(mount, 'filler'), '');
      await rm(join(mount, 'filler'));
      expect((await train(run)).reason).toBe('steps');
      expect(await comparableFiles(run)).toEqual(await comparableFiles(alone));
    } finally {
      execFileSync('umount', [mount]);
      await rm(mount, { recursive: true });
      await rm(alone, { recursive: true });
    }
  },
);
