import type { GateResult } from '../../schema/gate.ts';
import type { EvaluationSummary } from '../evaluation-summary.ts';
import type { GateSettings } from './gate-settings.ts';
import { openGate, percent, points } from './gate-words.ts';

/** A version with its recorded evaluation. */
export interface Evaluated {
  /** `<task>@<version>`. */
  readonly name: string;
  readonly evaluation: EvaluationSummary | null;
}

/** The recorded evaluation: good enough, and no worse than the live model's by more than the tolerance. */
export function heldOutGate(
  candidate: Evaluated,
  live: Evaluated | null,
  { minQuality, tolerance }: Pick<GateSettings, 'minQuality' | 'tolerance'>,
): GateResult {
  const { evaluation } = candidate;
  const quality = evaluation === null ? null : qualityOf(evaluation);
  if (evaluation === null || quality === null)
    return openGate('held-out', `No evaluation of ${candidate.name} is recorded.`, { limit: minQuality });
  const { value, low, high } = quality;
  const result = { gate: 'held-out' as const, value, low, high, limit: minQuality, needed: null };
  const reached = `${percent(value)} ${evaluation.metric}`;
  if (minQuality !== null && value < minQuality) {
    const found = `${reached} is under minQuality (${percent(minQuality)}).`;
    return { ...result, verdict: 'breached', found };
  }
  return { ...result, ...comparedWith(live, { evaluation, value, reached, tolerance }) };
}

function comparedWith(
  live: Evaluated | null,
  candidate: { evaluation: EvaluationSummary; value: number; reached: string; tolerance: number },
): Pick<GateResult, 'verdict' | 'found'> {
  const { evaluation, value, reached, tolerance } = candidate;
  if (live === null) return { verdict: 'passed', found: `${reached}; no own model is live to compare with.` };
  const other = live.evaluation === null ? null : qualityOf(live.evaluation);
  if (live.evaluation === null || other === null)
    return { verdict: 'passed', found: `${reached}; no evaluation of ${live.name} is recorded.` };
  if (live.evaluation.metric !== evaluation.metric) {
    const found = `${reached}, but ${live.name} was judged by ${live.evaluation.metric}: they cannot be compared.`;
    return { verdict: 'open', found };
  }
  const difference = value - other.value;
  const data = live.evaluation.dataset === evaluation.dataset ? 'the same data' : 'other data';
  const found = `${reached}, ${points(difference)} against ${live.name} on ${data} (tolerance ${points(tolerance).slice(1)}).`;
  return { verdict: difference >= -tolerance - 1e-9 ? 'passed' : 'breached', found };
}

/** In the metric of the evaluation; of one that was not chosen what was measured on held-out. */
function qualityOf(evaluation: EvaluationSummary): EvaluationSummary['quality'] {
  if (evaluation.quality !== null) return evaluation.quality;
  const summary = evaluation.heldOut ?? evaluation.validation;
  return evaluation.metric === 'accuracy' ? summary.accuracy : summary.macroF1;
}
