/** The value below which the share `q` of ascending values lies (nearest rank); NaN when there are none. */
export function percentile(sorted: Float64Array, q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}
