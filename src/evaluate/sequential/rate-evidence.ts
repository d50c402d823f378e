/** Calls, and how many of them were hits (failed, too slow). */
export interface Hits {
  readonly calls: number;
  readonly hits: number;
}

/**
 * Evidence about a rate that may be looked at after every call: a mixture of likelihood ratios between rates beyond the limit and
 * the limit itself (Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021). For every rate that keeps to the limit it is a
 * nonnegative supermartingale that starts at 1, whatever the order of calls, so it ever reaches 1 / level with a chance of at most
 * `level` (Ville 1939).
 */
export function evidenceAbove(limit: number, counts: Hits): number {
  if (limit >= 1) return 0;
  return mixture(ABOVE, counts, limit, (part) => limit + part * (1 - limit));
}

/** Evidence that the rate is below the limit: the same against rates at and above it. */
export function evidenceBelow(limit: number, counts: Hits): number {
  if (limit <= 0) return 0;
  return mixture(BELOW, counts, limit, (part) => limit * part);
}

interface Component {
  readonly weight: number;
  /** How far between the limit and the end of the scale. */
  readonly part: number;
}

/** Rates above: a little above the limit, so that slow drifts are seen, to all calls, so that a model that fails altogether is seen in a few. */
const ABOVE: readonly Component[] = [
  { weight: 0.2, part: 0.99 },
  { weight: 0.15, part: 0.5 },
  { weight: 0.15, part: 0.2 },
  { weight: 0.15, part: 0.08 },
  { weight: 0.15, part: 0.03 },
  { weight: 0.1, part: 0.012 },
  { weight: 0.1, part: 0.005 },
];

const BELOW: readonly Component[] = [
  { weight: 0.3, part: 0 },
  { weight: 0.2, part: 0.15 },
  { weight: 0.2, part: 0.4 },
  { weight: 0.15, part: 0.65 },
  { weight: 0.15, part: 0.85 },
];

function mixture(
  components: readonly Component[],
  { calls, hits }: Hits,
  limit: number,
  rateOf: (part: number) => number,
): number {
  let sum = 0;
  for (const { weight, part } of components) {
    const rate = rateOf(part);
    const hit = hits === 0 ? 0 : hits * Math.log(rate / limit);
    const miss = calls === hits ? 0 : (calls - hits) * Math.log((1 - rate) / (1 - limit));
    sum += weight * Math.exp(hit + miss);
  }
  return sum;
}

/** Bounds that hold at all times at once, each with a chance of `level` to ever be wrong. */
export function rateBounds(counts: Hits, level: number): { low: number; high: number } {
  if (counts.calls === 0) return { low: 0, high: 1 };
  const observed = counts.hits / counts.calls;
  const refuted = 1 / level;
  return {
    low: edge(observed, 0, (limit) => evidenceAbove(limit, counts) >= refuted),
    high: edge(observed, 1, (limit) => evidenceBelow(limit, counts) >= refuted),
  };
}

/** Where limits begin to be refuted on the way from the observed rate to the end of the scale; the end when none is. */
function edge(observed: number, end: number, isRefuted: (limit: number) => boolean): number {
  let inside = observed;
  let outside = end;
  for (let step = 0; step < 40; step++) {
    const middle = (inside + outside) / 2;
    if (isRefuted(middle)) outside = middle;
    else inside = middle;
  }
  return (inside + outside) / 2;
}
