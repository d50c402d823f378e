import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError, systemCodeOf } from '../errors/homegrown-error.ts';
import type { RunEvent } from '../schema/run-event.ts';
import type { RunSpec } from '../schema/run-spec.ts';
import { checkpointSteps } from '../train/checkpoint-shelf.ts';
import { readEvents } from '../train/event-log.ts';
import { readRunSpec, runFiles } from '../train/run-folder.ts';
import { isLocked } from '../train/run-lock.ts';
import { closestName } from '../util/closest-name.ts';

export { type RunState, type RunSummary, summariseRun } from '../train/run-summary.ts';

/** A training run of a project. */
export interface TrainingRun {
  readonly id: string;
  readonly directory: string;
  readonly spec: RunSpec;
  /** When its events were written last. */
  readonly changedAt: Date;
}

/** What a run says and has at this moment. */
export interface TrainingRunNow {
  readonly events: readonly RunEvent[];
  /** A process is training it. */
  readonly isRunning: boolean;
  /** Steps of the checkpoints on disk. */
  readonly checkpoints: readonly number[];
}

interface Place {
  readonly id: string;
  readonly directory: string;
}

/** The training runs under `.homegrown/runs` and those inside climbs there (`<climb>/<rung>`), the one that changed last first. */
export async function listTrainingRuns(runsDirectory: string): Promise<TrainingRun[]> {
  const names = await readdir(runsDirectory).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return [] as string[];
    throw error;
  });
  const alone = names.map((id) => ({ id, directory: join(runsDirectory, id) }));
  const ofClimbs = await Promise.all(alone.map(runsOfClimb));
  const runs = await Promise.all([...alone, ...ofClimbs.flat()].map(openTrainingRun));
  return runs
    .filter((run) => run !== null)
    .toSorted((a, b) => b.changedAt.getTime() - a.changedAt.getTime() || (a.id < b.id ? -1 : 1));
}

async function runsOfClimb(climb: Place): Promise<Place[]> {
  const parent = join(climb.directory, 'scopes', 'final', 'training');
  const rungs = await readdir(parent).catch(() => [] as string[]);
  return rungs.map((rung) => ({ id: `${climb.id}/${rung}`, directory: join(parent, rung) }));
}

async function openTrainingRun({ directory, id }: Place): Promise<TrainingRun | null> {
  const spec = await readRunSpec(directory).catch(() => null);
  const changed = await stat(runFiles(directory).events).catch(() => null);
  return spec === null || changed === null ? null : { id, directory, spec, changedAt: changed.mtime };
}

/** A run by its name or the beginning of it; without a name the one that changed last. Throws `train/unknown-run`. */
export async function findTrainingRun(runsDirectory: string, name?: string): Promise<TrainingRun> {
  const runs = await listTrainingRuns(runsDirectory);
  if (name === undefined && runs[0] !== undefined) return runs[0];
  const exact = runs.find(({ id }) => id === name);
  const beginning = runs.filter(({ id }) => name !== undefined && id.startsWith(name));
  const found = exact ?? (beginning.length === 1 ? beginning[0] : undefined);
  if (found !== undefined) return found;
  throw unknownRun(
    name,
    runs.map(({ id }) => id),
  );
}

function unknownRun(name: string | undefined, ids: readonly string[]): HomegrownError {
  const facts = { code: 'train/unknown-run', kind: 'usage' } as const;
  if (ids.length === 0)
    return new HomegrownError({
      ...facts,
      message: 'there is no training run in this project yet',
      hint: 'Rungs that train a network leave one; `homegrown climb` runs them.',
    });
  const several = ids.filter((id) => id.startsWith(name!));
  const nearest = closestName(name!, ids);
  return new HomegrownError({
    ...facts,
    message:
      several.length > 1
        ? `${several.length} training runs begin with "${name}"`
        : `there is no training run "${name}"`,
    expected: (several.length > 1 ? several : ids).slice(0, 10).join(', '),
    hint: nearest === undefined ? 'Run `homegrown train list`.' : `Did you mean "${nearest}"?`,
  });
}

/** Reads what a run says and has now. */
export async function readTrainingRun({ directory }: TrainingRun): Promise<TrainingRunNow> {
  const files = runFiles(directory);
  // Asked first, so that what ended meanwhile has said so.
  const isRunning = isLocked(files.lock);
  const { events } = await readEvents(files.events);
  return { events, isRunning, checkpoints: await checkpointSteps(directory) };
}
