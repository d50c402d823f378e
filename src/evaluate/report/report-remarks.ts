import type { CandidateReport, Report } from '../../schema/report.ts';
import { formatCount, formatPercent } from '../../util/format-number.ts';
import { reportedQuality } from './report-words.ts';

/** A sentence about one or several candidates. */
export interface Remark {
  candidates: string[];
  text: string;
}

/** What readers must know of single candidates: broken limits, smaller samples, unusable answers, unknown costs. */
export function remarksOn(report: Report, candidates: readonly CandidateReport[]): Remark[] {
  const namesByText = new Map<string, string[]>();
  for (const candidate of candidates) {
    for (const text of sentencesOn(report, candidate)) {
      namesByText.set(text, [...(namesByText.get(text) ?? []), candidate.name]);
    }
  }
  return [...namesByText].map(([text, names]) => ({ candidates: names, text }));
}

/** Why a cost is what it is, without repeating that it is unknown. */
export function costBasisInWords({ costPer1kUsd, costBasis }: CandidateReport['measured']): string {
  return costPer1kUsd === null ? costBasis.replace(/^unknown:\s*/i, '') : costBasis;
}

function sentencesOn(report: Report, candidate: CandidateReport): string[] {
  const { examples, unusable } = reportedQuality(candidate);
  const { dataset, protocol } = report;
  const all = protocol.kind === 'held-out' ? dataset.splits.heldOut : dataset.examples;
  const sentences = [...candidate.limitViolations];
  if (examples < all) {
    sentences.push(
      `Judged on a fixed random ${formatCount(examples)} of ${formatCount(all)} examples, because each call is dear; its interval is wider for it.`,
    );
  }
  if (unusable > 0)
    sentences.push(`${formatPercent(unusable)} of its answers were no label; they count as wrong.`);
  if (candidate.measured.costPer1kUsd === null) {
    sentences.push(`Cost unknown: ${costBasisInWords(candidate.measured).replace(/\.$/, '')}.`);
  }
  return sentences;
}

/** Rungs that were not tried, those with the same reason and hint together. */
export function notTriedTogether(
  notTried: Report['notTried'],
): { rungs: string[]; reason: string; hint: string | null }[] {
  const groups = Map.groupBy(notTried, ({ reason, hint }) => JSON.stringify([reason, hint]));
  return [...groups.values()].map((group) => ({
    rungs: group.map(({ rung }) => rung),
    reason: group[0]!.reason,
    hint: group[0]!.hint,
  }));
}
