import type { ExampleSet } from '../data/example-set.ts';
import { baselinePredictions } from '../evaluate/baseline.ts';
import { evaluateQuality } from '../evaluate/quality.ts';
import type { Predictor } from '../predictor/predictor.ts';
import type { Rung } from '../rung/rung.ts';
import { buildRung, type BuiltHere, fileNameOf, type Scope } from './build-rung.ts';
import type { ClimbClock } from './climb-clock.ts';
import type { ClimbEnvironment } from './climb-environment.ts';
import type { ClimbRun } from './climb-run.ts';
import { measuredStep } from './evaluate-measured.ts';
import { inputsAt } from './inputs-at.ts';
import { countJudging, examplesToJudge } from './judging.ts';
import { metricValue } from './metric-value.ts';
import type { Outcome, Protocol } from './protocol.ts';
import { scoreCandidate } from './score-candidate.ts';
import { withPredictor } from './with-predictor.ts';

/** Train on train, choose on validation, report on held-out. */
export class HeldOutProtocol implements Protocol {
  readonly description = { kind: 'held-out' } as const;
  readonly baseline: Protocol['baseline'];
  readonly #run: ClimbRun;
  readonly #clock: ClimbClock;
  readonly #scope: Scope;
  readonly #heldOut: ExampleSet;

  private constructor(parts: {
    run: ClimbRun;
    clock: ClimbClock;
    scope: Scope;
    heldOut: ExampleSet;
    baseline: Protocol['baseline'];
  }) {
    this.#run = parts.run;
    this.#clock = parts.clock;
    this.#scope = parts.scope;
    this.#heldOut = parts.heldOut;
    this.baseline = parts.baseline;
  }

  static async start(
    { dataset, labels, task }: ClimbEnvironment,
    run: ClimbRun,
    clock: ClimbClock,
  ): Promise<HeldOutProtocol> {
    const { seed } = task.config;
    const validation = dataset.examples('validation');
    const heldOut = dataset.examples('held-out');
    const scope: Scope = {
      name: 'final',
      train: dataset.examples('train'),
      validation,
      seed,
      built: [],
      trainings: 1,
      durable: true,
    };
    const { label } = dataset.manifest.classes.reduce((best, entry) =>
      entry.train > best.train ? entry : best,
    );
    const quality = async (examples: ExampleSet): Promise<Outcome['validation']> =>
      evaluateQuality(await baselinePredictions(examples, { label, labels }), { seed });
    const baseline = { label, validation: await quality(validation), heldOut: await quality(heldOut) };
    return new HeldOutProtocol({ run, clock, scope, heldOut, baseline });
  }

  get trainings(): number {
    return this.#scope.trainings;
  }

  get train(): ExampleSet {
    return this.#scope.train;
  }

  get built(): Protocol['built'] {
    return this.#scope.built;
  }

  async tryRung(rung: Rung, environment: ClimbEnvironment): Promise<Outcome[]> {
    const context = { run: this.#run, environment, clock: this.#clock };
    const outcomes: Outcome[] = [];
    for (const candidate of await buildRung(rung, this.#scope, context)) {
      const judge = (predictor: Predictor): Promise<Outcome> =>
        this.#judge(candidate, predictor, environment);
      const judged = (): Promise<Outcome> => withPredictor(environment, candidate.directory, judge);
      outcomes.push(await countJudging(candidate.manifest.name, context, judged));
    }
    return outcomes;
  }

  async #judge(
    { manifest, directory }: BuiltHere,
    predictor: Predictor,
    environment: ClimbEnvironment,
  ): Promise<Outcome> {
    const { signal, task } = environment;
    const run = this.#run;
    const { validation, seed, built } = this.#scope;
    const heldOut = this.#heldOut;
    const context = { run, environment, clock: this.#clock };
    const name = fileNameOf(manifest.name);
    const limit = await examplesToJudge(predictor, validation, { ...context, sets: 2 });
    const validationScores = await scoreCandidate(predictor, validation, {
      run,
      signal,
      limit,
      file: `${name}.validation`,
    });
    const heldOutScores = await scoreCandidate(predictor, heldOut, {
      run,
      signal,
      limit,
      file: `${name}.held-out`,
    });
    const quality = evaluateQuality(validationScores, { seed });
    built.push({ manifest, directory, quality: metricValue(task, quality) });
    return {
      manifest,
      directory,
      validationScores,
      validation: quality,
      heldOut: evaluateQuality(heldOutScores, { seed }),
      reported: { scores: heldOutScores, inputs: (wanted) => inputsAt(heldOut, wanted) },
      measured: await measuredStep(predictor, heldOut, context),
    };
  }
}
