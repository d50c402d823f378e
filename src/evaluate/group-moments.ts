/**
 * Sums over groups of a ratio's numerator s (successes) and denominator t (trials): all that a cluster-robust
 * interval of Σs / Σt needs, gathered in one pass.
 */
export class GroupMoments {
  groups = 0;
  s = 0;
  t = 0;
  ss = 0;
  st = 0;
  tt = 0;
  ttt = 0;
  tttt = 0;

  /** Adds one group, or `times` equal ones (a bootstrap weight). */
  add(s: number, t: number, times = 1): void {
    if (t <= 0 || times === 0) return;
    const square = t * t;
    this.groups += times;
    this.s += times * s;
    this.t += times * t;
    this.ss += times * s * s;
    this.st += times * s * t;
    this.tt += times * square;
    this.ttt += times * square * t;
    this.tttt += times * square * square;
  }
}

/** Variance of the ratio Σs / Σt by linearisation, groups being what was drawn at random; 0 when there is only one. */
export function ratioVariance(m: GroupMoments): number {
  if (m.groups < 2) return 0;
  const p = m.s / m.t;
  const squares = Math.max(0, m.ss - 2 * p * m.st + p * p * m.tt);
  return (m.groups / (m.groups - 1)) * (squares / (m.t * m.t));
}

/** Trials in the average trial's group: the design effect if a group's trials all came out alike. */
export function meanGroupSize(m: GroupMoments): number {
  return m.tt / m.t;
}

/** Degrees of freedom of `ratioVariance` (Satterthwaite 1946) when trials of one group correlate by `correlation`. */
export function degreesOfFreedom(m: GroupMoments, correlation: number): number {
  const within = 1 - correlation;
  const sum = within * m.t + correlation * m.tt;
  const squares =
    within * within * m.tt + 2 * within * correlation * m.ttt + correlation * correlation * m.tttt;
  return Math.max(1, (sum * sum) / squares - 1);
}
