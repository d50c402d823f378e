import type { AgainstPeer, ComparedEntry } from './comparison.ts';
import type { Quartiles } from './quartiles.ts';

const COLUMNS = [
  'who',
  'ms per step (quartiles)',
  'processor ms',
  'others use',
  'ready s',
  'first steps s',
  'peak MB',
  'peak MB less libraries',
  'loss first → last',
  'loss differs by',
  'gradient norm differs by',
];

/** The figures of one network as Markdown: a table, then each ratio. */
export function resultsTable(compared: readonly ComparedEntry[]): string {
  const rows = compared.map((one) => [
    one.name,
    quartiles(one.stepMs, 1),
    one.processorMs.median.toFixed(1),
    `${(one.othersShare * 100).toFixed(0)} %`,
    one.initSeconds.toFixed(2),
    one.firstStepsSeconds.toFixed(2),
    one.peakMegabytes.toFixed(0),
    one.netMegabytes.toFixed(0),
    `${one.losses.first.toFixed(4)} → ${one.losses.last.toFixed(4)}`,
    one.lossDifference.toExponential(1),
    one.gradientNormDifference.toExponential(1),
  ]);
  const table = [COLUMNS, COLUMNS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [...table, '', ...compared.flatMap(ratioLines)].join('\n');
}

function ratioLines({ name, against }: ComparedEntry): string[] {
  return against.map((one) => `- ${name} ÷ ${one.peer}: ${ratios(one)}`);
}

function ratios({ stepRatios, totalRatio, peakMemoryRatio, netMemoryRatio }: AgainstPeer): string {
  const time = `${quartiles(stepRatios, 3)} of the time of a step, ${totalRatio.toFixed(3)} of all steps together`;
  return `${time}; ${peakMemoryRatio.toFixed(2)} of the memory, ${netMemoryRatio.toFixed(2)} less libraries`;
}

function quartiles({ low, median, high }: Quartiles, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}
