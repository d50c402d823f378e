import { z } from 'zod';
import type { ExampleSet } from '../data/example-set.ts';
import { firstExamples } from '../data/example-subset.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Predictor } from '../predictor/predictor.ts';
import { fileNameOf, totalSpent, type Used, usedStepSchema } from './build-rung.ts';
import type { ClimbClock } from './climb-clock.ts';
import type { ClimbEnvironment } from './climb-environment.ts';
import type { ClimbRun } from './climb-run.ts';
import { UPSTREAM_CALLS } from './measure-candidate.ts';

/** Candidates that call an upstream take seconds and money for each answer: they are judged on this many examples. */
const DEAR_EXAMPLES = 200;
/** Fewer say too little to be worth their price. */
const LEAST_EXAMPLES = 30;
const PROBED_EXAMPLES = 5;
/** Later answers may be longer than the probed ones. */
const MARGIN = 1.15;

const planSchema = z.strictObject({ examples: z.number().int().nullable() });

interface JudgingContext {
  run: ClimbRun;
  environment: ClimbEnvironment;
  clock: ClimbClock;
}

/**
 * How many examples of each set a candidate is judged on; null: all of them. One that calls an upstream gets as many as the
 * money left pays for. Throws `upstream/budget-spent` when that is too few.
 */
export async function examplesToJudge(
  predictor: Predictor,
  examples: ExampleSet,
  { run, environment, clock, sets }: JudgingContext & { sets: number },
): Promise<number | null> {
  const { name, upstreams } = predictor.manifest;
  const plan = await run.step(`scopes/final/${fileNameOf(name)}.plan.json`, planSchema, async () => {
    if (upstreams.length === 0) return { examples: null };
    const { usd } = clock.left;
    if (usd === null) return { examples: DEAR_EXAMPLES };
    const each = MARGIN * (await probedCost(predictor, examples, environment.signal));
    const affordable = Math.floor((usd / each - UPSTREAM_CALLS.calls) / sets);
    if (affordable < Math.min(LEAST_EXAMPLES, examples.count))
      throw tooDear(each * (sets * LEAST_EXAMPLES + UPSTREAM_CALLS.calls), usd);
    return { examples: Math.min(DEAR_EXAMPLES, affordable) };
  });
  return plan.examples;
}

/** Mean cost of a call, US dollars, on the first few examples; their answers are cached and count again later. */
async function probedCost(predictor: Predictor, examples: ExampleSet, signal: AbortSignal): Promise<number> {
  const inputs: string[] = [];
  for await (const { input } of firstExamples(examples, PROBED_EXAMPLES)) inputs.push(input);
  const answers = await predictor.predict(inputs, { signal });
  const costs = answers.flatMap(({ costUsd }) => (typeof costUsd === 'number' ? [costUsd] : []));
  if (costs.length > 0) return costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  throw new HomegrownError({
    code: 'upstream/failed',
    message: `${predictor.manifest.name} gave no answer whose cost is known: ${answers[0]?.failure ?? 'no price'}`,
    hint: 'State the upstream’s `price` in the config, or leave `budget.usd` out.',
  });
}

function tooDear(neededUsd: number, leftUsd: number): HomegrownError {
  return new HomegrownError({
    code: 'upstream/budget-spent',
    message: `judging it on ${LEAST_EXAMPLES} examples would take about $${neededUsd.toPrecision(2)}, and $${leftUsd.toPrecision(2)} of the budget is left`,
    kind: 'refused',
    hint: 'Raise `budget.usd` of the task.',
  });
}

/** Runs the judging of one candidate and counts what it took, now or in an earlier attempt, on the clock. */
export async function countJudging<T>(
  name: string,
  { run, environment, clock }: JudgingContext,
  judge: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const before = totalSpent(environment);
  const result = await judge();
  const used = await run.step(
    `measured/${fileNameOf(name)}.judging.json`,
    usedStepSchema,
    async (): Promise<Used> => {
      const after = totalSpent(environment);
      return {
        seconds: (performance.now() - started) / 1000,
        usd: after === null || before === null ? null : after - before,
      };
    },
  );
  clock.use(used);
  return result;
}
