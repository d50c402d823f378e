import { baselinePredictions } from '../evaluate/baseline.ts';
import { evaluateQuality } from '../evaluate/quality.ts';
import type { BuiltCandidate, Rung } from '../rung/rung.ts';
import { buildRung, fileNameOf, type BuiltHere, type Scope } from './build-rung.ts';
import type { ClimbClock } from './climb-clock.ts';
import type { ClimbEnvironment } from './climb-environment.ts';
import type { ClimbRun } from './climb-run.ts';
import { measuredStep } from './evaluate-measured.ts';
import { inputsAt } from './inputs-at.ts';
import { metricValue } from './metric-value.ts';
import type { Outcome, Protocol } from './protocol.ts';
import { scoreCandidate } from './score-candidate.ts';

/** Train on train, choose on validation, report on held-out. */
export async function heldOutProtocol(
  environment: ClimbEnvironment,
  run: ClimbRun,
  clock: ClimbClock,
): Promise<Protocol> {
  const { dataset, labels, task } = environment;
  const validation = dataset.examples('validation');
  const heldOut = dataset.examples('held-out');
  const { seed } = task.config;
  const built: BuiltCandidate[] = [];
  const scope: Scope = { name: 'final', train: dataset.examples('train'), validation, seed, built };
  const label = dataset.manifest.classes.reduce((best, entry) =>
    entry.train > best.train ? entry : best,
  ).label;

  async function evaluate({ manifest, directory }: BuiltHere, bounded: ClimbEnvironment): Promise<Outcome> {
    const { signal } = bounded;
    const predictor = await bounded.load(directory);
    try {
      const name = fileNameOf(manifest.name);
      const validationScores = await scoreCandidate(predictor, validation, {
        run,
        signal,
        file: `${name}.validation`,
      });
      const heldOutScores = await scoreCandidate(predictor, heldOut, {
        run,
        signal,
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
        measured: await measuredStep(predictor, heldOut, { run, environment: bounded }),
      };
    } finally {
      await predictor.close();
    }
  }

  return {
    description: { kind: 'held-out' },
    train: scope.train,
    built,
    baseline: {
      label,
      validation: evaluateQuality(await baselinePredictions(validation, { label, labels }), { seed }),
      heldOut: evaluateQuality(await baselinePredictions(heldOut, { label, labels }), { seed }),
    },
    async tryRung(rung: Rung, bounded: ClimbEnvironment) {
      const outcomes: Outcome[] = [];
      for (const candidate of await buildRung(rung, scope, { run, environment: bounded, clock })) {
        outcomes.push(await evaluate(candidate, bounded));
      }
      return outcomes;
    },
  };
}
