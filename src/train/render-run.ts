import type { BestEvaluation, RunEvent } from '../schema/run-event.ts';
import type { RunMetric } from '../schema/run-spec.ts';
import { formatCount, formatCounted, formatPercent, formatSeconds, UNKNOWN } from '../util/format-number.ts';
import { layOutEntry, layOutTable } from '../util/terminal-layout.ts';
import { visibleLines, visibleText } from '../util/visible-text.ts';
import { drawCurve } from './loss-curve.ts';
import { formatLoss, formatRate } from './run-failure.ts';
import { RECENT_STEPS, type RunState, type RunSummary, summariseRun } from './run-summary.ts';

/** How a run is shown. */
export interface RenderRunOptions {
  readonly name: string;
  /** Columns of the terminal. */
  readonly width: number;
  readonly characters: 'braille' | 'ascii';
  /** A process is training it. */
  readonly isRunning: boolean;
}

const CURVE_ROWS = 8;
const LEAST_COLUMNS = 40;
const MOST_COLUMNS = 100;
const EVALUATIONS_SHOWN = 5;

const IN_WORDS: Record<RunState, string> = {
  running: 'training now',
  finished: 'finished',
  interrupted: 'interrupted; it can go on',
  failed: 'failed',
  killed: 'ended without a word (killed); it can go on',
};

/** A run for a terminal: how far it is, its loss as a curve, rate, speed, time left and evaluations. */
export function renderRun(events: readonly RunEvent[], options: RenderRunOptions): string {
  const summary = summariseRun(events, options);
  const columns = Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, options.width));
  const blocks = [
    [`Run ${visibleText(options.name)}: ${IN_WORDS[summary.state]}`],
    facts(summary).flatMap(([heading, text]) => layOutEntry(heading.padEnd(15), text, columns)),
    curve(events, summary, { ...options, width: columns }),
    evaluations(summary),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function facts(summary: RunSummary): [string, string][] {
  const { recentLoss, learningRate, best, measured, failure } = summary;
  const speed =
    measured.tokensPerSecond === null
      ? UNKNOWN
      : `${formatCount(measured.tokensPerSecond)} tokens/s, ${formatCount(60 / measured.secondsPerStep!)} steps/min`;
  return [
    ['Steps', stepsInWords(summary)],
    [
      'Loss',
      recentLoss === null ? UNKNOWN : `${formatLoss(recentLoss)} (mean of the last ${RECENT_STEPS} steps)`,
    ],
    ['Learning rate', learningRate === null ? UNKNOWN : formatRate(learningRate)],
    ['Speed', speed],
    ...(best === null ? [] : [['Best', bestInWords(summary, best)] as [string, string]]),
    ...(failure === null ? [] : [['Failed', visibleLines(failure.message)] as [string, string]]),
  ];
}

function stepsInWords({ stepsDone, steps, state, endReason, measured }: RunSummary): string {
  const done =
    steps === null
      ? formatCount(stepsDone)
      : `${formatCount(stepsDone)} of ${formatCount(steps)} (${formatPercent(stepsDone / steps)})`;
  if (state === 'finished')
    return endReason === 'early-stop' ? `${done}, stopped early: no better evaluation` : done;
  return measured.secondsLeft === null ? done : `${done}, about ${formatSeconds(measured.secondsLeft)} left`;
}

function bestInWords({ metric, evaluations: all }: RunSummary, best: BestEvaluation): string {
  const since = all.filter(({ step }) => step > best.step).length;
  const tail = since === 0 ? '' : `; ${formatCounted(since, 'evaluation')} since`;
  return `${metricInWords(metric, best)} after step ${formatCount(best.step)}${tail}`;
}

function metricInWords(
  metric: RunMetric | null,
  { loss, quality }: Pick<BestEvaluation, 'loss' | 'quality'>,
): string {
  return quality === null || metric === null || metric === 'loss'
    ? `loss ${formatLoss(loss)}`
    : `${metric} ${formatPercent(quality)} (loss ${formatLoss(loss)})`;
}

function curve(
  events: readonly RunEvent[],
  { steps, stepsDone }: RunSummary,
  { width, characters }: Pick<RenderRunOptions, 'width' | 'characters'>,
): string[] {
  const losses = events.filter((event) => event.type === 'step-end').map(({ loss }) => loss);
  if (losses.length < 2) return [];
  const total = Math.max(steps ?? stepsDone, losses.length);
  const corner =
    characters === 'braille'
      ? { side: '┤', edge: '│', floor: '└', base: '─' }
      : { side: '|', edge: '|', floor: '+', base: '-' };
  const label = Math.max(...losses.map((loss) => formatLoss(loss).length), 4);
  const columns = width - label - 2;
  const { lines, least, most } = drawCurve(losses, total, { columns, rows: CURVE_ROWS, characters });
  const labelled = lines.map((line, row) => {
    const text = row === 0 ? formatLoss(most) : row === lines.length - 1 ? formatLoss(least) : '';
    return `${text.padStart(label)} ${text === '' ? corner.edge : corner.side}${line}`;
  });
  const end = formatCount(total);
  return [
    'loss'.padStart(label),
    ...labelled,
    `${' '.repeat(label + 1)}${corner.floor}${corner.base.repeat(columns)}`,
    `${' '.repeat(label + 2)}1${end.padStart(columns - 1)}`,
  ];
}

function evaluations({ evaluations: all, metric, best }: RunSummary): string[] {
  if (all.length === 0) return [];
  const hasQuality = metric !== null && metric !== 'loss';
  const shown = all.slice(-EVALUATIONS_SHOWN);
  const table = layOutTable(
    [
      { heading: 'after step', align: 'right' },
      { heading: 'loss', align: 'right' },
      { heading: hasQuality ? metric : '', align: 'right' },
      { heading: '', align: 'left' },
    ],
    shown.map(({ step, loss, quality }) => [
      formatCount(step),
      formatLoss(loss),
      hasQuality && quality !== null ? formatPercent(quality) : '',
      step === best?.step ? 'best' : '',
    ]),
  );
  const more = all.length - shown.length;
  const heading = more > 0 ? `The last ${shown.length} of ${all.length} evaluations` : 'Evaluations';
  return [heading, ...table.map((line) => `  ${line}`)];
}
