import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError, systemCodeOf } from '../errors/homegrown-error.ts';
import { type Checkpoint, discardCheckpoint, readCheckpoint, readCheckpointFacts } from './checkpoint.ts';

/** How many of the newest checkpoints are kept besides the best one. */
const NEWEST_KEPT = 2;

/** The folder of a run's checkpoint. */
export function checkpointDirectory(runDirectory: string, step: number): string {
  return join(runDirectory, 'checkpoints', String(step));
}

/** The steps that a run has checkpoints of, in order. */
export async function checkpointSteps(runDirectory: string): Promise<number[]> {
  const names = await readdir(join(runDirectory, 'checkpoints')).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return [] as string[];
    throw error;
  });
  return names
    .filter((name) => /^(0|[1-9]\d{0,14})$/u.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);
}

/**
 * The newest checkpoint that is whole and whose best one is too; newer ones are discarded, with a warning each. null when the run
 * has none at all; throws `train/no-whole-checkpoint` when it has only damaged ones.
 */
export async function newestWholeCheckpoint(
  runDirectory: string,
  warn: (message: string) => void,
): Promise<Checkpoint | null> {
  const steps = await checkpointSteps(runDirectory);
  const damaged: HomegrownError[] = [];
  for (const step of steps.toReversed()) {
    try {
      const checkpoint = await readWithBest(runDirectory, step);
      await discardNewer(runDirectory, { steps, than: step, damaged, warn });
      return checkpoint;
    } catch (error) {
      if (!(error instanceof HomegrownError)) throw error;
      damaged.push(error);
    }
  }
  if (damaged.length === 0) return null;
  throw noneWhole(runDirectory, damaged);
}

async function readWithBest(runDirectory: string, step: number): Promise<Checkpoint> {
  const checkpoint = await readCheckpoint(checkpointDirectory(runDirectory, step));
  const best = checkpoint.facts.best?.step ?? step;
  if (best !== step) await readCheckpoint(checkpointDirectory(runDirectory, best));
  return checkpoint;
}

async function discardNewer(
  runDirectory: string,
  {
    steps,
    than,
    damaged,
    warn,
  }: { steps: number[]; than: number; damaged: HomegrownError[]; warn: (message: string) => void },
): Promise<void> {
  for (const error of damaged)
    warn(`${error.message}. Going on from the checkpoint of step ${than} instead.`);
  for (const step of steps) if (step > than) await discardCheckpoint(checkpointDirectory(runDirectory, step));
}

function noneWhole(runDirectory: string, damaged: readonly HomegrownError[]): HomegrownError {
  return new HomegrownError({
    code: 'train/no-whole-checkpoint',
    message: `none of the ${damaged.length} checkpoints can be gone on from`,
    where: join(runDirectory, 'checkpoints'),
    expected: 'a checkpoint that is whole, and the best one with it',
    found: damaged.map(({ message }) => message).join(' | '),
    hint: 'Restore one of them from a copy, or delete the folder of this run to train from the start.',
    cause: damaged[0],
  });
}

/** Removes what is no longer needed: all but the two newest that the spec asked for, the best one, and the newest of all. */
export async function pruneCheckpoints(runDirectory: string, best: number | null): Promise<void> {
  const steps = await checkpointSteps(runDirectory);
  const kept = new Set<number | null | undefined>([steps.at(-1), best]);
  const scheduled: number[] = [];
  for (const step of steps) if (await isScheduled(runDirectory, step)) scheduled.push(step);
  for (const step of scheduled.slice(-NEWEST_KEPT)) kept.add(step);
  for (const step of steps)
    if (!kept.has(step)) await discardCheckpoint(checkpointDirectory(runDirectory, step));
}

async function isScheduled(runDirectory: string, step: number): Promise<boolean> {
  const facts = await readCheckpointFacts(checkpointDirectory(runDirectory, step)).catch(() => null);
  return facts?.scheduled ?? true;
}
