import type { Estimate } from '../../schema/report.ts';
import { formatPercent, UNKNOWN } from '../../util/format-number.ts';

/** The 95 % interval of a share, in per cent: `77.1 to 78.7`. */
export function formatInterval({ low, high }: Estimate): string {
  return low === null || high === null ? 'range unknown' : `${tenths(low)} to ${tenths(high)}`;
}

/** A share with its 95 % interval: `77.9 % (77.1 to 78.7)`. */
export function formatEstimate(estimate: Estimate | null): string {
  return estimate === null ? UNKNOWN : `${formatPercent(estimate.value)} (${formatInterval(estimate)})`;
}

/** A difference of shares in percentage points, signed, with its interval: `+0.4 (-0.1 to +0.9)`. */
export function formatPoints({ value, low, high }: Estimate): string {
  const interval = low === null || high === null ? 'range unknown' : `${signed(low)} to ${signed(high)}`;
  return `${signed(value)} (${interval})`;
}

function tenths(share: number): string {
  return Number.isFinite(share) ? (share * 100).toFixed(1) : UNKNOWN;
}

function signed(share: number): string {
  const text = tenths(share);
  if (text === '-0.0' || text === '0.0') return '0.0';
  return share > 0 ? `+${text}` : text;
}
