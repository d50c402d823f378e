import { goldenSection } from '../golden-section.ts';

/** Logits of texts (texts × classes) with the right class of each. */
export interface LabelledLogits {
  readonly logits: Float32Array;
  readonly targets: Int32Array;
  readonly classes: number;
}

/** What a model has that was not calibrated. */
export const UNCALIBRATED = 1;

const LEAST = 0.1;
const MOST = 10;
/** Weight of a temperature of 1 against the evidence, in texts. */
const PRIOR_TEXTS = 3;

/** The temperature with the least log loss on held-out logits (Guo et al. 2017), drawn towards 1 when they are few. */
export function fitTemperature(labelled: LabelledLogits): number {
  if (labelled.targets.length === 0) return UNCALIBRATED;
  const lossAt = (log: number): number => logLoss(labelled, Math.exp(log)) + PRIOR_TEXTS * log * log;
  const found = goldenSection(lossAt, { low: Math.log(LEAST), high: Math.log(MOST), tolerance: 0.002 });
  return Math.round(1000 * Math.exp(found.at)) / 1000;
}

function logLoss({ logits, targets, classes }: LabelledLogits, temperature: number): number {
  let loss = 0;
  for (const [text, target] of targets.entries()) {
    const row = logits.subarray(text * classes, (text + 1) * classes);
    const most = row.reduce((a, b) => Math.max(a, b));
    let sum = 0;
    for (const logit of row) sum += Math.exp((logit - most) / temperature);
    loss += Math.log(sum) - (row[target]! - most) / temperature;
  }
  return loss;
}
