import type { CandidateReport, Report } from '../../schema/report.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatMilliseconds,
  formatSeconds,
  formatUsd,
  UNKNOWN,
} from '../../util/format-number.ts';
import { formatEstimate, formatPoints } from './format-estimate.ts';
import {
  baselineName,
  erasedInWords,
  inMetric,
  limitsInWords,
  metricName,
  protocolInWords,
  registrationInWords,
  standing,
  unreviewedInWords,
} from './report-words.ts';
import { notTriedTogether, remarksOn } from './report-remarks.ts';
import { layOutEntry, layOutTable } from '../../util/terminal-layout.ts';
import { shorten, visibleText } from '../../util/visible-text.ts';

const COLUMNS = 92;
const NAME_LENGTH = 20;
const NAMES_SHOWN = 8;
const SENTENCES_SHOWN = 20;
const SENTENCE_LENGTH = 600;

/** The report for a terminal of 80 to 100 columns: data, protocol, candidates, choice, what was not tried, and why it stopped. */
export function renderReportTable(report: Report): string {
  const blocks = [
    headingBlock(report),
    qualityBlock(report),
    speedBlock(report),
    remarksBlock(report),
    choiceBlock(report),
    notTriedBlock(report),
    entries('Stopped', [report.stopped.message]),
    entries('Needed', report.choice.needed),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headingBlock(report: Report): string[] {
  const { dataset, task, run } = report;
  const { train, validation, heldOut } = dataset.splits;
  const splits =
    report.protocol.kind === 'held-out'
      ? [
          `train ${formatCount(train)}, validation ${formatCount(validation)}, held-out ${formatCount(heldOut)}`,
        ]
      : [];
  const facts = [
    `${formatCounted(dataset.examples, 'example')} in ${formatCounted(report.labels.length, 'class', 'classes')}`,
    formatCounted(dataset.groups, 'group'),
    ...splits,
    `version ${dataset.hash.slice(0, 12)}`,
  ];
  const limits = limitsInWords(report);
  const unreviewed = unreviewedInWords(report);
  const erased = erasedInWords(report);
  return [
    `Report on task ${visibleText(task)}, run ${visibleText(run)}`,
    '',
    ...layOutEntry('Data      ', facts.join('; '), COLUMNS),
    ...layOutEntry('Checked   ', `on ${protocolInWords(report)}`, COLUMNS),
    ...(erased === null ? [] : layOutEntry('Erased    ', erased, COLUMNS)),
    ...(unreviewed === null ? [] : layOutEntry('Labels    ', unreviewed, COLUMNS)),
    ...(limits.length === 0 ? [] : layOutEntry('Limits    ', limits.join('; '), COLUMNS)),
  ];
}

function qualityBlock(report: Report): string[] {
  const crossValidated = report.protocol.kind === 'cross-validation';
  const metric = metricName(report.metric);
  const rows = report.candidates.map((candidate) => qualityRow(report, candidate));
  const baseline = [
    `  ${baselineName(report, NAME_LENGTH - 9)}`,
    formatEstimate(inMetric(report.baseline.validation, report.metric)),
    report.baseline.heldOut === null ? '' : formatEstimate(inMetric(report.baseline.heldOut, report.metric)),
    '',
  ];
  const table = layOutTable(
    [
      { heading: 'Quality', align: 'left' },
      { heading: crossValidated ? `${metric}, out of fold` : `${metric}, validation`, align: 'right' },
      { heading: crossValidated ? '' : `${metric}, held-out`, align: 'right' },
      { heading: 'points behind best', align: 'right' },
    ],
    [...rows, baseline],
  );
  const against = report.candidates.length > 1 ? '; points behind the best: paired, 95 % interval' : '';
  return [...table, `  (in brackets: 95 % intervals${against})`];
}

function qualityRow(report: Report, candidate: CandidateReport): string[] {
  const { comparison, validation, heldOut } = candidate;
  const place = standing(comparison, candidate.name === report.choice.best);
  return [
    candidateName(report, candidate),
    formatEstimate(inMetric(validation, report.metric)),
    heldOut === null ? '' : formatEstimate(inMetric(heldOut, report.metric)),
    comparison === null ? place : `${formatPoints(comparison.difference)} ${place}`,
  ];
}

function speedBlock(report: Report): string[] {
  if (report.candidates.length === 0) return [];
  return layOutTable(
    [
      { heading: 'Speed and cost', align: 'left' },
      { heading: 'p50', align: 'right' },
      { heading: 'p95', align: 'right' },
      { heading: '$ per 1,000', align: 'right' },
      { heading: 'model size', align: 'right' },
      { heading: 'built in', align: 'right' },
      { heading: 'within limits', align: 'right' },
    ],
    report.candidates.map((candidate) => speedRow(report, candidate)),
  );
}

function speedRow(report: Report, candidate: CandidateReport): string[] {
  const { latency, costPer1kUsd, modelBytes, buildSeconds } = candidate.measured;
  return [
    candidateName(report, candidate),
    latency === null ? UNKNOWN : formatMilliseconds(latency.p50Ms),
    latency === null ? UNKNOWN : formatMilliseconds(latency.p95Ms),
    formatUsd(costPer1kUsd),
    formatBytes(modelBytes),
    formatSeconds(buildSeconds),
    candidate.withinLimits ? 'yes' : 'no',
  ];
}

function remarksBlock(report: Report): string[] {
  const remarks = remarksOn(report, report.candidates).map(
    ({ candidates, text }) => `${namesOf(candidates)}: ${text}`,
  );
  return entries('Remarks', remarks);
}

function namesOf(candidates: readonly string[]): string {
  const names = candidates.slice(0, NAMES_SHOWN).map((name) => shorten(visibleText(name), NAME_LENGTH));
  const more = candidates.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}

function choiceBlock(report: Report): string[] {
  const { chosen, quality } = report.choice;
  const reasons = [...report.choice.reasons, ...report.measured.reasons];
  if (chosen === null)
    return [...layOutEntry('Chosen    ', 'none: no candidate passed', COLUMNS), ...bullets(reasons)];
  const figure = quality === null ? '' : `: ${metricName(report.metric)} ${formatEstimate(quality)}`;
  const text = `${visibleText(chosen)}${figure}; ${registrationInWords(report)}`;
  return [...layOutEntry('Chosen    ', text, COLUMNS), ...bullets(reasons)];
}

function notTriedBlock(report: Report): string[] {
  return entries(
    'Not tried',
    notTriedTogether(report.notTried).map(
      ({ rungs, reason, hint }) => `${rungs.join(', ')}: ${reason}${hint === null ? '' : ` → ${hint}`}`,
    ),
  );
}

function entries(heading: string, sentences: readonly string[]): string[] {
  if (sentences.length === 0) return [];
  const [first, ...rest] = bullets(sentences).map((line) => `          ${line.slice(10)}`);
  return [`${heading.padEnd(10)}${first!.slice(10)}`, ...rest];
}

/** One sentence per bullet, indented to the column where texts stand. */
function bullets(sentences: readonly string[]): string[] {
  const shown = sentences
    .slice(0, SENTENCES_SHOWN)
    .map((text) => shorten(visibleText(text), SENTENCE_LENGTH));
  const more = sentences.length - shown.length;
  const all = more > 0 ? [...shown, `… and ${formatCount(more)} more (see --json)`] : shown;
  const mark = all.length > 1 ? '- ' : '';
  return all.flatMap((text) => layOutEntry(`          ${mark}`, text, COLUMNS));
}

function candidateName({ choice }: Report, { name }: CandidateReport): string {
  return `${name === choice.chosen ? '▸' : ' '} ${shorten(visibleText(name), NAME_LENGTH)}`;
}
