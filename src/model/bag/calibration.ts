/** p ∝ max(floor, (score + 1) / 2)^gamma. */
export interface Calibration {
  floor: number;
  gamma: number;
}

/** What a model has before it is calibrated on held-out scores. */
export const UNCALIBRATED: Calibration = { floor: 0.02, gamma: 1.8 };

/** Probabilities of one text from its scores, summing to 1. */
export function calibrated(
  { floor, gamma }: Calibration,
  scores: Float32Array,
  probabilities: Float32Array,
): void {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    const power = Math.pow(Math.max(floor, (scores[i]! + 1) / 2), gamma);
    probabilities[i] = power;
    sum += power;
  }
  for (let i = 0; i < scores.length; i++) probabilities[i] = probabilities[i]! / sum;
}

/** Held-out scores (texts × classes) with the right class of each text. */
export interface ScoredTexts {
  scores: Float32Array;
  targets: Int32Array;
  classes: number;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const LEAST_LOG_GAMMA = Math.log(0.2);
const MOST_LOG_GAMMA = Math.log(20);

/** Weight of the default against the evidence, in texts: a dozen texts must not make a model certain. */
const PRIOR_TEXTS = 3;

/** The gamma with the least log loss on held-out scores, drawn towards the default when they are few (golden-section search). */
export function fitCalibration(scored: ScoredTexts): Calibration {
  const { floor } = UNCALIBRATED;
  const logs = logSupport(scored, floor);
  let low = LEAST_LOG_GAMMA;
  let high = MOST_LOG_GAMMA;
  while (high - low > 1e-3) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    if (logLoss(scored, logs, Math.exp(left)) <= logLoss(scored, logs, Math.exp(right))) high = right;
    else low = left;
  }
  return { floor, gamma: Math.round(1000 * Math.exp((low + high) / 2)) / 1000 };
}

/** ln max(floor, (score + 1) / 2). */
function logSupport({ scores }: ScoredTexts, floor: number): Float32Array {
  return scores.map((score) => Math.log(Math.max(floor, (score + 1) / 2)));
}

function logLoss({ targets, classes }: ScoredTexts, logs: Float32Array, gamma: number): number {
  let loss = 0;
  for (const [text, target] of targets.entries()) {
    let sum = 0;
    for (let column = 0; column < classes; column++) sum += Math.exp(gamma * logs[text * classes + column]!);
    loss += Math.log(sum) - gamma * logs[text * classes + target]!;
  }
  return loss + PRIOR_TEXTS * Math.log(gamma / UNCALIBRATED.gamma) ** 2;
}
