import type { JudgedAnswers } from '../../evaluate/sequential/acceptance-difference.ts';
import {
  differenceBounds,
  evidenceOfLoss,
  evidenceOfNonInferiority,
} from '../../evaluate/sequential/difference-bounds.ts';
import { planQuickWatch, planSteadyWatch, type WatchPlan } from '../../evaluate/sequential/watch-plan.ts';
import type { GateResult } from '../../schema/gate.ts';
import type { CanaryCounts, SideCounts } from './canary-counts.ts';
import { ALARM_SHARES, FALSE_PASS, type GateSettings } from './gate-settings.ts';
import { counted, openGate, percent, points, roughly } from './gate-words.ts';

/** The canary's share of accepted answers against that of whoever answers now. */
export function acceptanceGate(
  counts: CanaryCounts,
  { promotion }: Pick<GateSettings, 'promotion'>,
): GateResult {
  const { maxAcceptanceLoss: margin, falseAlarm } = promotion.canary;
  const { canary, live, liveName } = counts;
  if (canary.judged === 0 || live.judged === 0) return withoutFeedback(counts, margin);
  const loss = planQuickWatch({ margin, level: falseAlarm * ALARM_SHARES.acceptance });
  const gain = planSteadyWatch({ margin, level: FALSE_PASS });
  const judged = { canary: effective(canary), live: effective(live) };
  const bounds = differenceBounds({ loss, gain }, judged);
  const shares = [canary, live].map((side) => side.accepted / side.judged) as [number, number];
  const value = shares[0] - shares[1];
  const found = `${percent(shares[0])} of ${counted(canary.judged, 'verdict')} accepted, ${liveName} ${percent(shares[1])} of ${live.judged.toLocaleString('en-US')}: ${points(value)} (${points(bounds.low)} to ${points(bounds.high)}).`;
  const facts = { gate: 'acceptance' as const, value, ...bounds, limit: -margin, found };
  if (evidenceOfLoss(loss, judged) >= 1 / loss.level) return { ...facts, verdict: 'breached', needed: null };
  if (evidenceOfNonInferiority(gain, judged) >= 1 / gain.level)
    return { ...facts, verdict: 'passed', needed: null };
  return { ...facts, verdict: 'open', needed: needed(gain, counts) };
}

function effective({ judged, accepted, designEffect }: SideCounts): JudgedAnswers {
  return { judged: judged / designEffect, accepted: accepted / designEffect };
}

function withoutFeedback({ canary, live, liveName }: CanaryCounts, margin: number): GateResult {
  const who = canary.judged === 0 ? 'the canary' : liveName;
  const found =
    canary.judged === 0 && live.judged === 0
      ? 'No feedback has come yet.'
      : `No feedback on answers of ${who} has come yet.`;
  return openGate('acceptance', found, {
    limit: -margin,
    needed: 'Send feedback on answers (POST /api/v1/feedback).',
  });
}

/** How many further verdicts are likely to settle it, if both sides are equally good and go on as they do. */
function needed(gain: WatchPlan, { canary, live }: CanaryCounts): string {
  const share = canary.judged / (canary.judged + live.judged);
  const accepted = (canary.accepted + live.accepted) / (canary.judged + live.judged);
  const inside = Math.min(0.995, Math.max(0.005, accepted));
  const effect = Math.max(canary.designEffect, live.designEffect);
  const total = (effect * gain.needed * inside * (1 - inside)) / (1 - share);
  const further = Math.max(1, total - canary.judged);
  return `About ${roughly(further)} more verdicts on the canary's answers, if it is as good as it is now.`;
}
