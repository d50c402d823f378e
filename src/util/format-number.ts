/** What stands where a number is not known; never 0. */
export const UNKNOWN = 'unknown';

/** A count with thousands separators: `9,512`. */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : UNKNOWN;
}

/** A count that averaging over repeats may have left with a fraction: `12`, `3.5`. */
export function formatTally(value: number): string {
  return Number.isInteger(value) || !Number.isFinite(value) ? formatCount(value) : value.toFixed(1);
}

/** A count with its noun: `1 example`, `9,512 examples`. */
export function formatCounted(value: number, singular: string, plural: string = `${singular}s`): string {
  return `${formatCount(value)} ${Math.round(value) === 1 ? singular : plural}`;
}

/** A share as per cent with one decimal, never rounded up to a certainty: `77.9 %`, `> 99.9 %`, `< 0.1 %`. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return UNKNOWN;
  if (share < 1 && share >= 0.9995) return '> 99.9 %';
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(share * 100).toFixed(1)} %`;
}

/** Milliseconds in the unit that fits: `42 µs`, `3.4 ms`, `850 ms`, `1.2 s`. */
export function formatMilliseconds(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value === 0) return '0 µs';
  if (value < 0.9995) return `${significant(value * 1000)} µs`;
  return value < 999.5 ? `${significant(value)} ms` : `${significant(value / 1000)} s`;
}

/** A duration in words a clock would use: `0.4 s`, `34 s`, `4 min 10 s`, `1 h 40 min`. */
export function formatSeconds(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value < 0.05) return '< 0.1 s';
  if (value < 9.95) return `${value.toFixed(1)} s`;
  const seconds = Math.round(value);
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400)
    return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${seconds % 60} s`}`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** US dollars with as many digits as matter: `$0.0021`, `$1.24`, `$1,240`; null is unknown. */
export function formatUsd(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  if (value >= 99.995) return `$${formatCount(value)}`;
  if (value > 0 && value < 0.00005) return '<$0.0001';
  return value === 0 ? '$0' : `$${value >= 0.995 ? value.toFixed(2) : significant(value)}`;
}

/** Bytes in decimal units: `940 kB`, `9.4 MB`. */
export function formatBytes(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) [scaled, unit] = [scaled / 1000, unit + 1];
  return `${unit === 0 ? Math.round(scaled) : significant(scaled)} ${units[unit]!}`;
}

/** Two significant digits below 100, whole numbers above, without an exponent. */
function significant(value: number): string {
  if (Math.abs(value) >= 99.5) return Math.round(value).toString();
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = Number(value.toFixed(Math.min(decimals, 12)));
  const again = rounded === 0 ? 0 : Math.max(0, 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return rounded.toFixed(Math.min(again, 12));
}
