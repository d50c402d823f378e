import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crossValidationFolds, type Fold } from '../data/cross-validation-folds.ts';
import { type ExampleSet, exampleSetOf } from '../data/example-set.ts';
import { baselinePredictions } from '../evaluate/baseline.ts';
import { joinFolds } from '../evaluate/join-folds.ts';
import { evaluateQuality } from '../evaluate/quality.ts';
import type { ScoredPredictions } from '../evaluate/scored-predictions.ts';
import type { Rung } from '../rung/rung.ts';
import type { Example } from '../schema/example.ts';
import { buildRung, type BuiltHere, fileNameOf, type Scope } from './build-rung.ts';
import type { ClimbClock } from './climb-clock.ts';
import type { ClimbEnvironment } from './climb-environment.ts';
import type { ClimbRun } from './climb-run.ts';
import { measuredStep } from './evaluate-measured.ts';
import { countJudging, examplesToJudge } from './judging.ts';
import { metricValue } from './metric-value.ts';
import type { Outcome, Protocol } from './protocol.ts';
import { scoreCandidate } from './score-candidate.ts';
import { withPredictor } from './with-predictor.ts';

const FOLDS = 5;

const REPEATS = 5;

/** The final candidates and those of each fold. */
const TRAININGS = 1 + FOLDS * REPEATS;

interface FoldScope {
  fold: Fold;
  scope: Scope;
}

interface Answers {
  fold: Fold;
  scored: ScoredPredictions;
}

/** Repeated grouped cross-validation: quality from out-of-fold answers, the final candidates from all examples. */
export class CrossValidationProtocol implements Protocol {
  readonly description: { kind: 'cross-validation'; folds: number; repeats: number };
  readonly baseline: Protocol['baseline'];
  readonly #run: ClimbRun;
  readonly #clock: ClimbClock;
  readonly #scope: Scope;
  readonly #examples: readonly Example[];
  readonly #folds: readonly FoldScope[];

  private constructor(parts: {
    run: ClimbRun;
    clock: ClimbClock;
    examples: readonly Example[];
    seed: number;
    baseline: Protocol['baseline'];
  }) {
    const { run, clock, examples, seed, baseline } = parts;
    this.description = { kind: 'cross-validation', folds: FOLDS, repeats: REPEATS };
    this.baseline = baseline;
    this.#run = run;
    this.#clock = clock;
    this.#examples = examples;
    this.#scope = scopeOf('final', examples, { seed, durable: true });
    this.#folds = crossValidationFolds(examples, { folds: FOLDS, repeats: REPEATS, seed }).map((fold) => ({
      fold,
      scope: scopeOf(foldName(fold), fold.train, { seed, durable: false }),
    }));
  }

  static async start(
    { task, dataset, labels }: ClimbEnvironment,
    run: ClimbRun,
    clock: ClimbClock,
  ): Promise<CrossValidationProtocol> {
    const { seed } = task.config;
    const examples = await Array.fromAsync(dataset.examples());
    const label = commonestLabel(examples);
    const baseline = await baselinePredictions(exampleSetOf(examples), { label, labels });
    return new CrossValidationProtocol({
      run,
      clock,
      examples,
      seed,
      baseline: { label, validation: evaluateQuality(baseline, { seed }), heldOut: null },
    });
  }

  get trainings(): number {
    return TRAININGS;
  }

  get train(): ExampleSet {
    return this.#scope.train;
  }

  get built(): Protocol['built'] {
    return this.#scope.built;
  }

  async tryRung(rung: Rung, environment: ClimbEnvironment): Promise<Outcome[]> {
    const finals = await buildRung(rung, this.#scope, this.#context(environment));
    const scores = await this.#outOfFold(rung, finals, environment);
    const outcomes: Outcome[] = [];
    for (const final of finals)
      outcomes.push(await this.#outcome(final, scores.get(final.manifest.name)!, environment));
    return outcomes;
  }

  async #outcome(
    { manifest, directory }: BuiltHere,
    scores: ScoredPredictions,
    environment: ClimbEnvironment,
  ): Promise<Outcome> {
    const validation = evaluateQuality(scores, { seed: this.#scope.seed });
    const context = this.#context(environment);
    const measured = await withPredictor(environment, directory, (predictor) =>
      measuredStep(predictor, this.train, context),
    );
    this.#scope.built.push({ manifest, directory, quality: metricValue(environment.task, validation) });
    const inputs = (wanted: ReadonlySet<number>): Promise<Map<number, string>> =>
      Promise.resolve(new Map([...wanted].map((index) => [index, this.#examples[index]!.input])));
    return {
      manifest,
      directory,
      validationScores: scores,
      validation,
      heldOut: null,
      reported: { scores, inputs },
      measured,
    };
  }

  /** Out-of-fold answers of each candidate of a rung. Those that call an upstream are judged in the first repeat only. */
  async #outOfFold(
    rung: Rung,
    finals: readonly BuiltHere[],
    environment: ClimbEnvironment,
  ): Promise<Map<string, ScoredPredictions>> {
    const limits = new Map<string, number | null>();
    for (const final of finals) limits.set(final.manifest.name, await this.#limitOf(final, environment));
    const allDear = ![...limits.values()].includes(null);
    const answers = new Map<string, Answers[]>(finals.map(({ manifest }) => [manifest.name, []]));
    for (const [index, { fold, scope }] of this.#folds.entries()) {
      if (fold.repeat > 0 && allDear) break;
      for (const candidate of await buildRung(rung, scope, this.#context(environment))) {
        scope.built.push({ ...candidate, quality: null });
        const limit = limits.get(candidate.manifest.name) ?? null;
        if (fold.repeat > 0 && limit !== null) continue;
        answers
          .get(candidate.manifest.name)
          ?.push({ fold, scored: await this.#scoreFold(fold, candidate, { limit, environment }) });
      }
      this.#emitFold(rung, index + 1);
    }
    return new Map([...answers].map(([name, folded]) => [name, joinFolds(folded, this.#examples)]));
  }

  /** On how many examples of each fold a candidate is judged; null: all of them. */
  async #limitOf({ directory }: BuiltHere, environment: ClimbEnvironment): Promise<number | null> {
    const context = { ...this.#context(environment), sets: 1 };
    const planned = await withPredictor(environment, directory, (predictor) =>
      examplesToJudge(predictor, this.train, context),
    );
    return planned === null ? null : Math.ceil(planned / FOLDS);
  }

  #scoreFold(
    fold: Fold,
    { directory, manifest }: BuiltHere,
    { limit, environment }: { limit: number | null; environment: ClimbEnvironment },
  ): Promise<ScoredPredictions> {
    const run = this.#run;
    const file = `${fileNameOf(manifest.name)}.${foldName(fold)}`;
    return withPredictor(environment, directory, (predictor) => {
      const score = (): Promise<ScoredPredictions> =>
        scoreCandidate(predictor, exampleSetOf(fold.test), {
          run,
          file,
          limit,
          signal: environment.signal,
          durable: false,
        });
      return limit === null ? score() : countJudging(file, this.#context(environment), score);
    });
  }

  #emitFold(rung: Rung, done: number): void {
    const all = this.#folds.length;
    this.#run.emit({
      type: 'rung-progress',
      rung: rung.name,
      message: `cross-validation ${done} of ${all}`,
      share: done / all,
    });
  }

  #context(environment: ClimbEnvironment): {
    run: ClimbRun;
    environment: ClimbEnvironment;
    clock: ClimbClock;
  } {
    return { run: this.#run, environment, clock: this.#clock };
  }
}

/** Removes the candidates of the folds, which only served to judge. */
export async function removeFoldCandidates(run: ClimbRun): Promise<void> {
  for (const scope of await readdir(run.path('scopes')).catch(() => [])) {
    if (scope !== 'final') await rm(join(run.path('scopes'), scope), { recursive: true, force: true });
  }
}

function scopeOf(name: string, train: readonly Example[], facts: { seed: number; durable: boolean }): Scope {
  return {
    name,
    train: exampleSetOf(train),
    validation: exampleSetOf([]),
    built: [],
    trainings: TRAININGS,
    ...facts,
  };
}

function foldName({ repeat, fold }: Fold): string {
  return `r${repeat}f${fold}`;
}

function commonestLabel(examples: readonly Example[]): string {
  const counts = new Map<string, number>();
  for (const { output } of examples) counts.set(output, (counts.get(output) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
