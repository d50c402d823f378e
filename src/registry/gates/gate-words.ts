import type { GateResult } from '../../schema/gate.ts';

/** `2.4 %`, `97 %`. */
export function percent(share: number): string {
  return `${trimmed(share * 100)} %`;
}

/** `+1.2 points`, `−3 points`. */
export function points(difference: number): string {
  const value = trimmed(Math.abs(difference) * 100);
  const sign = difference < 0 ? '−' : '+';
  return `${value === '0' ? '' : sign}${value} points`;
}

/** `1,204 calls`, `1 call`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** A number to three digits. */
export function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 9 });
}

/** A rough number of calls, rounded up to two digits: more would promise what nobody knows. */
export function roughly(count: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return (Math.ceil(count / unit) * unit).toLocaleString('en-US');
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0)));
}

/** A gate of which nothing is measured yet. */
export function openGate(
  gate: GateResult['gate'],
  found: string,
  { needed = null, limit = null }: { needed?: string | null; limit?: number | null } = {},
): GateResult {
  return { gate, verdict: 'open', found, needed, value: null, low: null, high: null, limit };
}
