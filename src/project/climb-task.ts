import { join } from 'node:path';
import type { ClimbEvent } from '../climb/climb-event.ts';
import { climb, climbRunId } from '../climb/climb.ts';
import type { ClimbEnvironment } from '../climb/climb-environment.ts';
import { removeFoldCandidates } from '../climb/cross-validation-protocol.ts';
import type { DatasetVersion } from '../data/dataset-version.ts';
import { evaluationSummaryOf } from '../registry/evaluation-summary.ts';
import type { Report } from '../schema/report.ts';
import { acquireProcessLock } from '../store/sqlite/process-lock.ts';
import type { Task } from '../task/task.ts';
import { sweepTemporaries } from '../util/atomic-file.ts';
import { PACKAGE_VERSION } from '../util/package-version.ts';
import type { Project } from './project.ts';
import { finishedReport, removeReport, writeReport } from './reports.ts';
import { RUNGS } from './rungs.ts';

export type { ClimbEvent } from '../climb/climb-event.ts';

/** What a climb may be told. */
export interface ClimbTaskOptions {
  skipBad?: boolean;
  /** Start again instead of resuming or repeating the report of the same climb. */
  fresh?: boolean;
  signal?: AbortSignal;
  onEvent?(event: ClimbEvent): void;
  onDataProgress?(message: string, share?: number): void;
  /** Called with the data set before the first rung. */
  onDataset?(dataset: DatasetVersion): void;
}

/** A report and where it was written. `repeated`: this very climb had finished before. */
export interface FinishedClimb {
  report: Report;
  directory: string;
  repeated: boolean;
}

/** From the task's sources to a report and a registered winner. One climb at a time in a project. */
export async function climbTask(
  project: Project,
  task: Task,
  options: ClimbTaskOptions,
): Promise<FinishedClimb> {
  const lock = await acquireProcessLock(join(project.homegrownDirectory, 'climb.lock'), { holder: 'climb' });
  try {
    await sweepTemporaries(join(project.homegrownDirectory, 'reports', task.name));
    await sweepTemporaries(join(project.homegrownDirectory, 'models', task.name));
    const dataset = await project.buildDataset(task.name, {
      ...(options.skipBad === undefined ? {} : { skipBad: options.skipBad }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.onDataProgress === undefined ? {} : { progress: options.onDataProgress }),
    });
    options.onDataset?.(dataset);
    const environment = climbEnvironment(project, task, dataset, options);
    const earlier = environment.fresh
      ? null
      : await finishedReport(project.homegrownDirectory, task.name, climbRunId(environment));
    const isFinal = earlier !== null && !earlier.report.notTried.some(({ passing }) => passing);
    if (isFinal) return { ...earlier, repeated: true };
    // What a rung that failed then would have given may be part of what came after it.
    const fresh = environment.fresh || earlier !== null;
    return { ...(await climbAndRegister(project, { ...environment, fresh })), repeated: false };
  } finally {
    lock.release();
  }
}

/** Starting again forgets the earlier report as well, so that an interrupted start is gone on with. */
async function forgetEarlier(project: Project, environment: ClimbEnvironment): Promise<void> {
  if (!environment.fresh) return;
  await removeReport(project.homegrownDirectory, environment.task.name, climbRunId(environment));
}

async function climbAndRegister(
  project: Project,
  environment: ClimbEnvironment,
): Promise<{ report: Report; directory: string }> {
  await forgetEarlier(project, environment);
  const { report, directories, run } = await climb(environment);
  const chosen = report.candidates.find(({ name }) => name === report.choice.chosen);
  if (chosen !== undefined) {
    const { upstream = [], promotion } = environment.task.config;
    const { version, live } = await project.models.register({
      directory: directories.get(chosen.name)!,
      task: report.task,
      evaluation: evaluationSummaryOf(report, chosen),
      // Where an upstream answers so far, a model has to show first that it is as good.
      goLive: upstream.length === 0 ? 'if-first' : 'never',
    });
    report.measured.registered = { version, live };
    if (promotion.steps === 'automatic' && !live) await startAsShadow(project, report.task, version);
  }
  await removeFoldCandidates(run);
  const directory = await writeReport(project.homegrownDirectory, report);
  return { report, directory };
}

/** The first automatic step; the next ones follow by the gates. While another model is on its way this one waits. */
async function startAsShadow(project: Project, task: string, version: number): Promise<void> {
  const deployments = await project.models.deployments(task);
  const isTaken = deployments.some(
    (other) => other.version === version || other.state === 'shadow' || other.state === 'canary',
  );
  if (!isTaken) await project.promotions.step({ task, action: 'shadow', version, by: 'climb' });
}

function climbEnvironment(
  project: Project,
  task: Task,
  dataset: DatasetVersion,
  options: ClimbTaskOptions,
): ClimbEnvironment {
  const { upstreams, config } = project;
  return {
    task,
    dataset,
    labels: dataset.manifest.classes.map(({ label }) => label),
    rungs: RUNGS,
    upstreams,
    upstreamIdentity: Object.entries(config.upstreams).map(([name, { model, ...facts }]) => ({
      name,
      ...facts,
      model: typeof model === 'string' ? model : { provider: model.provider, model: model.modelId },
    })),
    load: (directory) => project.load(directory),
    usdPerHour: config.machine?.usdPerHour ?? null,
    runsDirectory: project.runsDirectory,
    homegrownVersion: PACKAGE_VERSION,
    fresh: options.fresh ?? false,
    onEvent: options.onEvent ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
  };
}
