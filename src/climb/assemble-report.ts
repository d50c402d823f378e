import { cpus } from 'node:os';
import { errorSamples, pickErrors } from '../evaluate/error-samples.ts';
import type { CandidateReport, Report } from '../schema/report.ts';
import { chooseCandidate, type ChoiceResult } from './choose.ts';
import type { ClimbClock } from './climb-clock.ts';
import type { ClimbEnvironment } from './climb-environment.ts';
import type { ClimbRun } from './climb-run.ts';
import { metricValue } from './metric-value.ts';
import type { Outcome, Protocol } from './protocol.ts';

const ERRORS_SHOWN = 40;

interface Finished {
  environment: ClimbEnvironment;
  run: ClimbRun;
  clock: ClimbClock;
  protocol: Protocol;
  startedAt: Date;
  outcomes: readonly Outcome[];
  notTried: Report['notTried'];
  stopped: Report['stopped'];
}

/** Puts the outcomes of a climb side by side and makes the choice. */
export async function assembleReport(finished: Finished): Promise<Report> {
  const { environment, run, protocol, outcomes, notTried, stopped } = finished;
  const { config, name: task } = environment.task;
  const frame = {
    metric: config.metric,
    tolerance: config.tolerance,
    minQuality: config.minQuality ?? null,
    limits: {
      p95LatencyMs: config.limits.p95LatencyMs ?? null,
      costPer1kUsd: config.limits.costPer1kUsd ?? null,
    },
    protocol: protocol.description,
  };
  const { candidates, choice, measuredReasons } = chooseCandidate(
    outcomes.map((outcome) => ({
      name: outcome.manifest.name,
      scored: outcome.validationScores,
      ...outcome,
    })),
    { ...frame, seed: config.seed, baseline: baselineOf(environment.task, protocol) },
  );
  return {
    format: 1,
    task,
    run: run.id,
    homegrown: environment.homegrownVersion,
    ...frame,
    budget: { minutes: config.budget.minutes, usd: config.budget.usd ?? null },
    dataset: environment.dataset.manifest,
    labels: [...environment.labels],
    baseline: protocol.baseline,
    candidates: await Promise.all(
      outcomes.map((outcome, index) => candidateReport(outcome, candidates[index]!, config.seed)),
    ),
    notTried,
    choice,
    stopped,
    measured: { ...measuredNow(finished), reasons: measuredReasons },
  };
}

function baselineOf(
  task: ClimbEnvironment['task'],
  { baseline }: Protocol,
): { label: string; value: number } {
  return { label: baseline.label, value: metricValue(task, baseline.validation) };
}

async function candidateReport(
  outcome: Outcome,
  { comparison, withinLimits, limitViolations }: ChoiceResult['candidates'][number],
  seed: number,
): Promise<CandidateReport> {
  const { manifest, validation, heldOut, reported, measured } = outcome;
  const errors = pickErrors(reported.scores, { count: ERRORS_SHOWN, seed });
  const inputs = await reported.inputs(new Set(errors.map(({ example }) => example)));
  return {
    name: manifest.name,
    rung: manifest.rung,
    manifest,
    validation,
    heldOut,
    comparison,
    withinLimits,
    limitViolations,
    errors: errorSamples(errors, inputs),
    measured,
  };
}

function measuredNow({ clock, startedAt }: Finished): Omit<Report['measured'], 'reasons'> {
  const processors = cpus();
  return {
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    usd: clock.usd,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    node: process.version,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    registered: null,
  };
}
