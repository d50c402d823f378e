import type { Estimate } from '../schema/report.ts';

/** `.778` as `77.8 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `.778` with bounds as `77.8 % (76.9 to 78.7 %)`. */
export function percentWithInterval({ value, low, high }: Estimate): string {
  if (low === null || high === null) return `${percent(value)} (interval unknown: a single group)`;
  return `${percent(value)} (${(low * 100).toFixed(1)} to ${percent(high)})`;
}

/** `.012` as `1.2 points`. */
export function points(share: number): string {
  const rounded = Number((share * 100).toFixed(1));
  return `${rounded} ${rounded === 1 ? 'point' : 'points'}`;
}

/** A number of examples to two digits, with thousands separated. */
export function roundedCount(count: number): string {
  return Number(Math.ceil(count).toPrecision(2)).toLocaleString('en-US');
}

/** More than this many times the examples is no advice. */
const MOST_TIMES = 1000;

/**
 * How many examples would bring an interval's margin from `margin` down to `wanted`, as a phrase; null when more examples
 * alone will hardly do it. Margins shrink with the square root of the examples.
 */
export function examplesToSettle(judgedOn: number, margin: number, wanted: number): string | null {
  if (wanted <= 0) return null;
  const times = (margin / wanted) ** 2;
  if (times > MOST_TIMES) return null;
  return `about ${roundedTimes(times)} times as many labelled examples (${roundedCount(judgedOn * times)} to judge on, not ${judgedOn.toLocaleString('en-US')})`;
}

function roundedTimes(times: number): string {
  return times < 10 ? (Math.ceil(times * 10) / 10).toString() : Math.ceil(times).toLocaleString('en-US');
}
