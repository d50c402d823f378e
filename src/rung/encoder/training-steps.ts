import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Trainer } from '../../train/engine.ts';
import type { BatchPlan } from '../../train/batch-plan.ts';
import { systemCodeOf } from '../../errors/homegrown-error.ts';
import { writeFileAtomic } from '../../util/atomic-file.ts';

const stepsSchema = z.strictObject({
  /** Steps of the whole run. */
  steps: z.number().int().positive(),
  threads: z.number().int().positive(),
  /** Whether the budget left no time for all epochs. */
  shortened: z.boolean(),
});
export type TrainingSteps = z.infer<typeof stepsSchema>;

const FILE = 'steps.json';

/** What was decided when this training began; null when it begins now. */
export async function storedSteps(directory: string): Promise<TrainingSteps | null> {
  try {
    return stepsSchema.parse(JSON.parse(await readFile(join(directory, FILE), 'utf8')));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Once stored, minutes no longer matter: a training gone on with, on whatever machine, takes the same steps. */
export async function storeSteps(directory: string, steps: TrainingSteps): Promise<void> {
  await writeFileAtomic(join(directory, FILE), `${JSON.stringify(stepsSchema.parse(steps), null, 2)}\n`);
}

const PROBE_STEPS = 8;
/** The first steps find their memory. */
const UNTIMED_STEPS = 3;
/** Of the budget; the rest is for reading, evaluating and saving, and for a machine that gets busier. */
const BUDGET_SHARE = 0.7;
const LEAST_STEPS = 20;

/**
 * How many of the wanted steps fit into some seconds: as many as a short probe says, in whole tenths of what is wanted. The trainer is
 * left as it was.
 */
export async function affordableSteps(
  wanted: number,
  { trainer, plan, seconds }: { trainer: Trainer; plan: BatchPlan; seconds: number },
): Promise<{ steps: number; shortened: boolean }> {
  const before = await trainer.state();
  const times: number[] = [];
  for (let step = 0; step < Math.min(PROBE_STEPS, wanted); step++) {
    const { microBatches, weight } = await plan.batch(step);
    const result = await trainer.step({ step, microBatches, weight, learningRate: 1e-6 });
    if (step >= UNTIMED_STEPS) times.push(result.seconds);
  }
  await trainer.restore(before);
  const secondsPerStep = times.reduce((sum, time) => sum + time, 0) / Math.max(1, times.length);
  const affordable = (BUDGET_SHARE * seconds) / Math.max(1e-6, secondsPerStep);
  if (affordable >= wanted) return { steps: wanted, shortened: false };
  const tenths = Math.floor((10 * affordable) / wanted);
  return {
    steps: Math.min(wanted, Math.max(LEAST_STEPS, Math.floor((tenths * wanted) / 10))),
    shortened: true,
  };
}
