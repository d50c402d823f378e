import type { Measured } from './measure.ts';
import type { Spread } from '../bag/spread.ts';
import { ratioOf, type Row } from './summary.ts';

/** One claim: what was asked, what was found. */
export interface Claim {
  what: string;
  asked: string;
  found: Spread | null;
  isMet: boolean | null;
}

/** What our gateway is held to, against Portkey's in the same rounds. */
export function claimsOf(all: readonly Measured[], rows: readonly Row[], ours: string): Claim[] {
  const row = (scenario: string): Row | undefined =>
    rows.find((one) => one.contestant === ours && one.scenario === scenario);
  const ratio = (scenario: string, read: (measured: Measured) => number | null): Spread | null =>
    ratioOf(all, { ours, peer: 'Portkey', scenario, read });
  const atMost = (what: string, limit: number, found: Spread | null | undefined, unit: string): Claim => ({
    what,
    asked: `≤ ${limit}${unit}`,
    found: found ?? null,
    isMet: found === null || found === undefined ? null : found.median <= limit,
  });
  const rate = ratio('saturated', ({ load }) => load.perSecond);
  const part = ({ cpuUsPerPart }: Measured): number | null => cpuUsPerPart;
  const peaks = ['saturated', 'at 500/s', 'streams, 20 ms gaps', 'streams, no gaps'].map((scenario) =>
    ratio(scenario, ({ peakBytes }) => peakBytes),
  );
  return [
    {
      what: 'saturated rate ÷ Portkey’s',
      asked: '≥ 4',
      found: rate,
      isMet: rate === null ? null : rate.median >= 4,
    },
    atMost('added p50 at 500/s', 0.5, row('at 500/s')?.addedP50Ms, ' ms'),
    atMost('added p99 at 500/s', 3, row('at 500/s')?.addedP99Ms, ' ms'),
    atMost('first part late, 50 streams, p50', 2, row('streams, 20 ms gaps')?.firstPartLateP50Ms, ' ms'),
    atMost('first part late, 50 streams, p99', 2, row('streams, 20 ms gaps')?.firstPartLateP99Ms, ' ms'),
    atMost('CPU per part ÷ Portkey’s, 20 ms gaps', 0.6, ratio('streams, 20 ms gaps', part), ''),
    atMost('CPU per part ÷ Portkey’s, no gaps', 1, ratio('streams, no gaps', part), ''),
    atMost('peak memory ÷ Portkey’s, largest of the loads', 1, largestOf(peaks), ''),
  ];
}

function largestOf(figures: readonly (Spread | null)[]): Spread | null {
  const there = figures.filter((figure) => figure !== null);
  return there.toSorted((a, b) => b.median - a.median)[0] ?? null;
}

/** The claims as a table in Markdown. */
export function claimsTable(claims: readonly Claim[]): string {
  const lines = claims.map(
    ({ what, asked, found, isMet }) =>
      `| ${what} | ${asked} | ${figureText(found)} | ${isMet === null ? 'not measured' : isMet ? 'met' : '**missed**'} |`,
  );
  return ['| what | asked | found: median (range) | |', '|---|---|---|---|', ...lines].join('\n');
}

/** All rows of one scenario as a table in Markdown. */
export function scenarioTable(rows: readonly Row[]): string {
  const isStreamed = rows.some(({ partsPerSecond }) => partsPerSecond !== null);
  const columns: [string, (row: Row) => string][] = isStreamed
    ? [
        ['parts/s', (row) => short(row.partsPerSecond)],
        ['first part late p50', (row) => ms(row.firstPartLateP50Ms)],
        ['p99', (row) => ms(row.firstPartLateP99Ms)],
        ['each part late p50', (row) => ms(row.partLateP50Ms)],
        ['p99', (row) => ms(row.partLateP99Ms)],
        ['CPU per part', (row) => unit(row.cpuUsPerPart, 'µs')],
      ]
    : [
        ['calls/s', (row) => short(row.callsPerSecond)],
        ['added p50', (row) => ms(row.addedP50Ms)],
        ['added p99', (row) => ms(row.addedP99Ms)],
        ['CPU per call', (row) => ms(row.cpuMsPerCall)],
      ];
  columns.push(
    ['cores', (row) => short(row.cpuCores)],
    ['peak MB', (row) => short(row.peakMb)],
    ['failed', (row) => String(row.failures)],
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line([rows[0]?.scenario ?? '', ...columns.map(([name]) => name)]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map((row) => line([row.contestant, ...columns.map(([, cell]) => cell(row))])),
  ].join('\n');
}

const ms = (figure: Spread | null): string => unit(figure, 'ms');
const short = (figure: Spread | null): string => (figure === null ? '' : digits(figure.median));

function unit(figure: Spread | null, name: string): string {
  return figure === null ? '' : `${figureText(figure)} ${name}`;
}

function figureText(figure: Spread | null): string {
  if (figure === null) return '';
  return `${digits(figure.median)} (${digits(figure.min)}-${digits(figure.max)})`;
}

function digits(value: number): string {
  return Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
      ? value.toFixed(1)
      : value.toFixed(2);
}
