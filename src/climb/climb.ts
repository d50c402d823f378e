import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Rung } from '../rung/rung.ts';
import { RUNG_NAMES, type RungName } from '../schema/rung-name.ts';
import type { Report } from '../schema/report.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';
import { sweepTemporaries, writeFileAtomic } from '../util/atomic-file.ts';
import { assembleReport } from './assemble-report.ts';
import { ClimbClock } from './climb-clock.ts';
import type { ClimbEnvironment } from './climb-environment.ts';
import { ClimbRun } from './climb-run.ts';
import { CrossValidationProtocol } from './cross-validation-protocol.ts';
import { HeldOutProtocol } from './held-out-protocol.ts';
import type { Outcome, Protocol } from './protocol.ts';

/** Below this many examples one held-out set is too small to decide anything, and cross-validation takes its place. */
export const CROSS_VALIDATION_BELOW = 1000;
/** More than this many are too many to build candidates of 25 times. */
const CROSS_VALIDATION_AT_MOST = 20_000;

/** What a climb left behind: its report and the folder of each candidate. */
export interface ClimbResult {
  report: Report;
  /** By candidate name. */
  directories: ReadonlyMap<string, string>;
  run: ClimbRun;
}

/** Builds candidates rung by rung, evaluates them on the same examples, chooses, and says why it stopped. Resumes by itself. */
export async function climb(environment: ClimbEnvironment): Promise<ClimbResult> {
  const startedAt = new Date();
  const run = await openRun(environment);
  const { budget } = environment.task.config;
  const clock = new ClimbClock({ minutes: budget.minutes, usd: budget.usd ?? null });
  const protocol = await chooseProtocol(environment, run, clock);
  const steps = await climbRungs(environment, { run, clock, protocol });
  const report = await assembleReport({ environment, run, clock, protocol, startedAt, ...steps });
  run.emit({ type: 'climb-end', chosen: report.choice.chosen, message: report.stopped.message });
  return {
    report,
    directories: new Map(steps.outcomes.map(({ manifest, directory }) => [manifest.name, directory])),
    run,
  };
}

/** The same task, data, upstreams and version are the same run, whenever and wherever they are started. */
export function climbRunId(environment: ClimbEnvironment): string {
  return `${environment.task.name}-${sha256(canonicalJson(specOf(environment))).slice(0, 12)}`;
}

function specOf({ task, dataset, upstreamIdentity, usdPerHour, homegrownVersion }: ClimbEnvironment): object {
  const { data: _files, ...config } = task.config;
  return {
    task: task.name,
    config: describeFunctions(config),
    dataset: dataset.manifest.hash,
    upstreams: upstreamIdentity,
    machine: { usdPerHour },
    homegrown: homegrownVersion,
  };
}

async function openRun(environment: ClimbEnvironment): Promise<ClimbRun> {
  const id = climbRunId(environment);
  const directory = join(environment.runsDirectory, id);
  if (environment.fresh) await rm(directory, { recursive: true, force: true });
  const run = new ClimbRun({ directory, id, listener: environment.onEvent });
  await sweepTemporaries(directory);
  const resumed = run.has('spec.json');
  if (!resumed)
    await writeFileAtomic(run.path('spec.json'), `${JSON.stringify(specOf(environment), null, 2)}\n`);
  const { examples } = environment.dataset.manifest;
  const protocol = crossValidates(environment) ? 'cross-validation' : 'held-out';
  run.emit({ type: 'climb-start', run: id, examples, protocol, resumed });
  return run;
}

/** Functions in a config count by their source text. */
function describeFunctions(config: object): unknown {
  return JSON.parse(
    JSON.stringify(config, (_key, value: unknown) => (typeof value === 'function' ? String(value) : value)),
  );
}

function chooseProtocol(environment: ClimbEnvironment, run: ClimbRun, clock: ClimbClock): Promise<Protocol> {
  return (crossValidates(environment) ? CrossValidationProtocol : HeldOutProtocol).start(
    environment,
    run,
    clock,
  );
}

/** Few examples are cross-validated, and so are more when groups or the data's own split leave a part empty. */
function crossValidates({ dataset }: ClimbEnvironment): boolean {
  const { examples, splits } = dataset.manifest;
  const empty = Object.entries(splits).filter(([, count]) => count === 0);
  if (examples < CROSS_VALIDATION_BELOW) return true;
  if (empty.length === 0) return false;
  if (examples <= CROSS_VALIDATION_AT_MOST) return true;
  const names = empty.map(([name]) => (name === 'heldOut' ? 'held-out' : name)).join(' and ');
  throw new HomegrownError({
    code: 'climb/empty-split',
    message: `the ${names} part of the data set is empty`,
    kind: 'refused',
    expected: 'examples to learn from, to choose on and to report on',
    found: `train ${splits.train}, validation ${splits.validation}, held-out ${splits.heldOut}`,
    hint: 'Assign some groups to it in the `split` column, leave that column out (`split: null`), or use smaller groups.',
  });
}

/** Failures of an upstream that the same command would only repeat. */
const FINAL_FAILURES = new Set(['upstream/budget-spent', 'upstream/no-price']);

interface Steps {
  outcomes: Outcome[];
  notTried: Report['notTried'];
  stopped: Report['stopped'];
}

async function climbRungs(
  environment: ClimbEnvironment,
  { run, clock, protocol }: { run: ClimbRun; clock: ClimbClock; protocol: Protocol },
): Promise<Steps> {
  const outcomes: Outcome[] = [];
  const notTried: Report['notTried'] = [];
  const skip = (
    rung: RungName,
    reason: string,
    { hint = null, passing = false }: Partial<Skipped> = {},
  ): void => {
    notTried.push({ rung, reason, hint, passing });
    run.emit({ type: 'rung-skipped', rung, reason, hint });
  };
  let stopped: Report['stopped'] = {
    reason: 'exhausted',
    message: 'Every rung that can run here was tried.',
  };
  for (const rung of environment.rungs.toSorted((a, b) => order(a) - order(b))) {
    const selected = environment.task.config.rungs?.includes(rung.name) ?? true;
    if (!selected) skip(rung.name, 'not in the task’s `rungs`');
    else if (stopped.reason !== 'exhausted')
      skip(rung.name, stopped.reason === 'enough' ? 'not needed' : 'the budget was spent');
    else {
      const reason = await tryRung(rung, environment, { run, clock, protocol, outcomes });
      if (reason !== null) skip(rung.name, reason.reason, reason);
      stopped =
        reasonToStop(environment, { spent: clock.spent || reason?.outOfTime === true, outcomes }) ?? stopped;
    }
  }
  return { outcomes, notTried, stopped };
}

function order(rung: Rung): number {
  return RUNG_NAMES.indexOf(rung.name);
}

/** Why a rung was not tried. */
interface Skipped {
  reason: string;
  hint: string | null;
  passing?: boolean;
  /** The budget ended while it was being built. */
  outOfTime?: boolean;
}

/** Adds the rung's candidates to `outcomes`, or says why there are none. */
async function tryRung(
  rung: Rung,
  environment: ClimbEnvironment,
  {
    run,
    clock,
    protocol,
    outcomes,
  }: { run: ClimbRun; clock: ClimbClock; protocol: Protocol; outcomes: Outcome[] },
): Promise<Skipped | null> {
  const built = protocol.built;
  const { task, upstreams, labels } = environment;
  const availability = rung.availability({
    task,
    upstreams,
    built,
    budget: clock.left,
    train: protocol.train,
    labels,
    trainings: protocol.trainings,
  });
  if (!availability.available) return availability;
  run.emit({ type: 'rung-start', rung: rung.name });
  const deadline = AbortSignal.timeout(Math.min(Math.ceil(clock.left.minutes * 60_000), 2 ** 31 - 1));
  const bounded = { ...environment, signal: AbortSignal.any([environment.signal, deadline]) };
  try {
    for (const outcome of await protocol.tryRung(rung, bounded)) {
      outcomes.push(outcome);
      const quality = metricOf(environment, outcome);
      run.emit({
        type: 'candidate-evaluated',
        candidate: outcome.manifest.name,
        quality,
        p50Ms: outcome.measured.latency?.p50Ms ?? null,
      });
    }
    return null;
  } catch (cause) {
    if (environment.signal.aborted) throw interrupted(environment, cause);
    if (deadline.aborted)
      return {
        reason: `the budget of ${task.config.budget.minutes} minutes ended while it was being built`,
        hint: 'Raise `budget.minutes` of the task.',
        outOfTime: true,
      };
    if (cause instanceof HomegrownError && cause.code.startsWith('upstream/'))
      return { reason: cause.message, hint: cause.hint ?? null, passing: !FINAL_FAILURES.has(cause.code) };
    if (cause instanceof HomegrownError && cause.code === 'train/too-large')
      return { reason: cause.message, hint: cause.hint ?? null, passing: true };
    throw cause;
  }
}

/** The estimate of the task's metric on which the choice is made. */
function metricOf({ task }: ClimbEnvironment, { validation }: Outcome): Outcome['validation']['accuracy'] {
  return task.config.metric === 'accuracy' ? validation.accuracy : validation.macroF1;
}

/**
 * Dearer rungs promise at most what is missing to perfection; nothing more is known of them before they are tried. Money that is
 * spent stops only rungs that would spend more: they say so themselves.
 */
function reasonToStop(
  environment: ClimbEnvironment,
  { spent, outcomes }: { spent: boolean; outcomes: readonly Outcome[] },
): Report['stopped'] | null {
  const { minQuality, tolerance, budget } = environment.task.config;
  if (spent) return { reason: 'budget', message: `The budget of ${budget.minutes} minutes is spent.` };
  const best = Math.max(...outcomes.map((outcome) => metricOf(environment, outcome).value));
  if (minQuality === undefined || best < minQuality || 1 - best > tolerance) return null;
  return {
    reason: 'enough',
    message: `${(best * 100).toFixed(1)} % meets minQuality, and no dearer rung can gain more than the tolerance of ${(tolerance * 100).toFixed(1)} points.`,
  };
}

function interrupted({ task }: ClimbEnvironment, cause: unknown): HomegrownError {
  return new HomegrownError({
    code: 'climb/interrupted',
    message: 'the climb was interrupted; finished steps are kept',
    kind: 'interrupted',
    hint: `Go on with \`homegrown climb ${task.name}\`.`,
    cause,
  });
}
