import { chooseCandidate } from '../../src/climb/choose.ts';
import { compareLoss } from '../../src/evaluate/comparison.ts';
import { evaluateQuality } from '../../src/evaluate/quality.ts';
import type { ScoredPredictions } from '../../src/evaluate/scored-predictions.ts';
import type { Measured, Quality } from '../../src/schema/report.ts';
import { seededRandom } from '../../src/util/random.ts';
import { Tally } from './tally.ts';
import { drawScores, drawWorld, GAPS, trueCalibrationError, type World } from './world.ts';

export interface Setting {
  /** Labelled examples of the whole project. */
  size: number;
  protocol: 'held-out' | 'cross-validation';
  metric: 'accuracy' | 'macro-f1';
  climbs: number;
  tolerance: number;
  seed: number;
  /** Standard deviation of accuracy over trainings, times the square root of the examples; 0: folds' models are as good as the final one. */
  trainingDeviation: number;
  /** Resamples of the selection-bias correction. */
  resamples: number;
  /** Resamples of the calibration interval. */
  calibrationResamples: number;
}

const REPEATS = 3;
const HELD_OUT_SHARE = 0.1;

/** Runs seeded climbs with known truth and counts how often each interval covers it and the choice is right. */
export function simulateClimbs(setting: Setting): Tally {
  const tally = new Tally();
  for (let climb = 0; climb < setting.climbs; climb++) simulateClimb(setting, climb, tally);
  return tally;
}

function simulateClimb(setting: Setting, climb: number, tally: Tally): void {
  const random = seededRandom(setting.seed * 1_000_003 + setting.size * 7919 + climb);
  const gap = GAPS[climb % GAPS.length]!;
  const world = drawWorld(gap, random, setting.trainingDeviation / Math.sqrt(setting.size));
  const crossValidation = setting.protocol === 'cross-validation';
  const draw = {
    examples: crossValidation ? setting.size : Math.round(setting.size * HELD_OUT_SHARE),
    repeats: crossValidation ? REPEATS : 1,
    random,
  };
  const validation = drawScores(world, draw);
  const heldOut = crossValidation ? null : drawScores(world, draw);
  const evaluate = (scored: ScoredPredictions, resamples: number): Quality =>
    evaluateQuality(scored, { seed: climb, resamples });
  const qualities = validation.map((scored) => evaluate(scored, setting.calibrationResamples));
  coverQualities(world, qualities, tally, (candidate) => trueCalibrationError(world, candidate, random));
  coverDifferences(world, validation, setting, tally);
  const { choice } = chooseCandidate(
    world.candidates.map((candidate, index) => ({
      name: String(index),
      scored: validation[index]!,
      validation: qualities[index]!,
      heldOut: heldOut === null ? null : evaluate(heldOut[index]!, 1),
      measured: measuredFor(candidate.costPer1kUsd),
    })),
    {
      metric: setting.metric,
      tolerance: setting.tolerance,
      minQuality: null,
      limits: { p95LatencyMs: null, costPer1kUsd: null },
      protocol: crossValidation
        ? { kind: 'cross-validation', folds: 5, repeats: REPEATS }
        : { kind: 'held-out' },
      seed: climb,
      resamples: setting.resamples,
    },
  );
  const truths = world.candidates.map((candidate) => truthOf(candidate, setting.metric));
  const chosen = truths[Number(choice.chosen)]!;
  tally.cover('chosen: reported quality', choice.quality!, chosen);
  const loss = Math.max(...truths) - chosen;
  tally.add(`choice within tolerance, ${gap}`, loss <= setting.tolerance + 1e-9, loss);
  tally.add('choice within tolerance, all', loss <= setting.tolerance + 1e-9, loss);
}

function truthOf(candidate: World['candidates'][number], metric: Setting['metric']): number {
  return metric === 'accuracy' ? candidate.accuracy : candidate.macroF1;
}

function coverQualities(
  world: World,
  qualities: readonly Quality[],
  tally: Tally,
  calibrationError: (candidate: number) => number,
): void {
  for (const [index, quality] of qualities.entries()) {
    const { accuracy, macroF1, sharpness } = world.candidates[index]!;
    tally.cover('accuracy', quality.accuracy, accuracy);
    tally.cover('macro-F1', quality.macroF1, macroF1);
    const calibration =
      sharpness === 1 ? 'calibration error, calibrated' : 'calibration error, overconfident';
    tally.cover(calibration, quality.calibration!.error, calibrationError(index));
  }
}

function coverDifferences(
  world: World,
  scores: readonly ScoredPredictions[],
  { tolerance }: Setting,
  tally: Tally,
): void {
  for (const metric of ['accuracy', 'macro-f1'] as const) {
    for (const [index, candidate] of world.candidates.entries()) {
      if (index === 0) continue;
      const { difference } = compareLoss(scores[index]!, scores[0]!, {
        against: '0',
        metric,
        tolerance,
        seed: 0,
      });
      const truth = truthOf(world.candidates[0]!, metric) - truthOf(candidate, metric);
      tally.cover(`paired difference, ${metric}`, difference, truth);
    }
  }
}

function measuredFor(costPer1kUsd: number): Measured {
  return {
    latency: null,
    costPer1kUsd,
    costBasis: 'simulated',
    cpuMsPerCall: null,
    buildSeconds: 0,
    buildUsd: null,
    modelBytes: 0,
  };
}
