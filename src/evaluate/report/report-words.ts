import type { CandidateReport, Comparison, Estimate, Quality, Report } from '../../schema/report.ts';
import { formatCount, formatCounted, formatMilliseconds, formatUsd } from '../../util/format-number.ts';
import { shorten, visibleText } from '../../util/visible-text.ts';

/** The task's metric by the name users know. */
export function metricName(metric: Report['metric']): string {
  return metric === 'accuracy' ? 'accuracy' : 'macro-F1';
}

/** A quality's figure in the task's metric. */
export function inMetric(quality: Quality, metric: Report['metric']): Estimate {
  return metric === 'accuracy' ? quality.accuracy : quality.macroF1;
}

/** The figures that nothing was chosen on: held-out where there is one, otherwise out-of-fold. */
export function reportedQuality(candidate: Pick<CandidateReport, 'validation' | 'heldOut'>): Quality {
  return candidate.heldOut ?? candidate.validation;
}

/** How quality was found, in plain words. */
export function protocolInWords({ protocol, dataset }: Report): string {
  if (protocol.kind === 'held-out') {
    return `one held-out set of ${formatCounted(dataset.splits.heldOut, 'example')} that nobody trained or chose on`;
  }
  const rounds = `${protocol.folds} folds${protocol.repeats > 1 ? `, repeated ${protocol.repeats} times` : ''}`;
  return (
    `${protocol.repeats > 1 ? 'repeated ' : ''}grouped cross-validation (${rounds}) because there are only ` +
    `${formatCounted(dataset.examples, 'example')}: each was answered by models trained without it and its group`
  );
}

/** The commonest class's baseline by name, short. */
export function baselineName({ baseline }: Report, labelLength: number = 40): string {
  return `always "${shorten(visibleText(baseline.label), labelLength)}"`;
}

/** `unclear`: the evidence shows neither that it is as good nor that it is worse. */
export type Standing = 'best' | 'as good' | 'worse' | 'unclear' | 'not compared';

/** A candidate's place against the best one. */
export function standing(comparison: Comparison | null, isBest: boolean): Standing {
  if (comparison === null) return isBest ? 'best' : 'not compared';
  if (comparison.nonInferior) return 'as good';
  return (comparison.difference.low ?? 0) > 0 ? 'worse' : 'unclear';
}

/** A share as points, for tolerances: `1 point`, `1.5 points`. */
export function inPoints(share: number): string {
  const points = Number((share * 100).toFixed(2));
  return `${points} ${points === 1 ? 'point' : 'points'}`;
}

/** The task's limits in words; one entry each, none when there are none. */
export function limitsInWords({ limits, minQuality, metric }: Report): string[] {
  const words: string[] = [];
  if (minQuality !== null) words.push(`${metricName(metric)} at least ${(minQuality * 100).toFixed(1)} %`);
  if (limits.p95LatencyMs !== null)
    words.push(`p95 latency at most ${formatMilliseconds(limits.p95LatencyMs)}`);
  if (limits.costPer1kUsd !== null) words.push(`at most ${formatUsd(limits.costPer1kUsd)} per 1,000 calls`);
  return words;
}

/** What an accuracy means for a hundred new inputs (a thousand when the interval is too narrow to show on a hundred). */
export function perHundred({ value, low, high }: Estimate): string {
  const wide = low === null || high === null || Math.round(high * 100) > Math.round(low * 100);
  const of = wide ? 100 : 1000;
  const range =
    low === null || high === null ? 'range unknown' : `${Math.round(low * of)} to ${Math.round(high * of)}`;
  return `of ${formatCount(of)} new inputs about ${Math.round(value * of)} would be right (${range})`;
}

/** The registered version in words, or that there is none. */
export function registrationInWords({ measured }: Report): string {
  if (measured.registered === null) return 'not registered';
  const { version, live } = measured.registered;
  return `registered as version ${version}, ${live ? 'live' : 'not live until you promote it'}`;
}

/** That the data set cannot be had again; null while it can. */
export function erasedInWords({ dataset, erased }: Pick<Report, 'dataset' | 'erased'>): string | null {
  const last = erased?.at(-1);
  if (last === undefined) return null;
  const examples = erased!.reduce((sum, entry) => sum + entry.examples, 0);
  const rest =
    last.rewrittenAs === null ? 'nothing is left' : `the rest is version ${last.rewrittenAs.slice(0, 12)}`;
  return (
    `version ${dataset.hash.slice(0, 12)} is no longer reproducible: ${formatCounted(examples, 'example')} of it ` +
    `${examples === 1 ? 'was' : 'were'} erased on request, last on ${last.at.slice(0, 10)}; ${rest}`
  );
}

/** That labels of the data are answers nobody has looked at; null when none are. */
export function unreviewedInWords({ dataset }: Pick<Report, 'dataset'>): string | null {
  const captured = dataset.sources.filter((source) => source.format === 'captured');
  const count = captured.reduce((sum, { labels }) => sum + (labels.unreviewed ?? 0), 0);
  if (count === 0) return null;
  const rows = dataset.sources.reduce((sum, source) => sum + source.rows, 0);
  return (
    `${formatCount(count)} of ${formatCounted(rows, 'label')} are answers of an upstream that no human has looked at: ` +
    'quality is likeness to that upstream as far as they go, its mistakes included'
  );
}
