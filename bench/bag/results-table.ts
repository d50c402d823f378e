import type { MeasuredContestant } from './measured-contestant.ts';
import type { PairedDifference } from './paired-difference.ts';
import type { Spread } from './spread.ts';

const COLUMNS = [
  'model',
  'accuracy',
  'points over scikit-learn, same features (95 %)',
  'training s',
  'processor s',
  '× scikit-learn, same features',
  '× fastText',
  'peak MB',
  'p50 µs',
  'calibration error',
  'int8 MB',
  'int8 points lost',
];

/** The measurements of one data set as a Markdown table; medians with the range over rounds. */
export function resultsTable(measured: readonly MeasuredContestant[]): string {
  const rows = measured.map((one) => [
    one.name,
    one.accuracy.toFixed(4),
    points(one.difference),
    spread(one.seconds, 2),
    one.processorSeconds.median.toFixed(2),
    spread(one.ratioToSklearn, 3),
    spread(one.ratioToFastText, 2),
    one.peakMegabytes.median.toFixed(0),
    spread(one.p50LatencyMicroseconds, 1),
    one.calibrationError?.toFixed(3) ?? '',
    one.int8?.megabytes.toFixed(2) ?? '',
    one.int8 ? (one.int8.accuracyLost * 100).toFixed(2) : '',
  ]);
  return [COLUMNS, COLUMNS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Where the time of each contestant went, in median seconds. */
export function stagesList(measured: readonly MeasuredContestant[]): string {
  return measured
    .map(({ name, stages }) => {
      const parts = Object.entries(stages).map(([stage, seconds]) => `${stage} ${seconds.toFixed(2)} s`);
      return `- ${name}: ${parts.join(', ')}`;
    })
    .join('\n');
}

function spread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}

function points(difference: PairedDifference | null): string {
  if (difference === null) return '';
  const [value, low, high] = [difference.difference, difference.low, difference.high].map(signedPoints);
  return `${value} (${low} to ${high})`;
}

function signedPoints(share: number): string {
  return `${share < 0 ? '' : '+'}${(share * 100).toFixed(2)}`;
}
