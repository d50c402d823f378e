import type { Measured, Report } from '../schema/report.ts';

/** One sentence for each limit that a candidate breaks, or cannot be shown to keep because the figure is unknown. */
export function limitViolations(measured: Measured, limits: Report['limits']): string[] {
  const violations: string[] = [];
  if (limits.p95LatencyMs !== null) {
    const violation = latencyViolation(measured.latency?.p95Ms ?? null, limits.p95LatencyMs);
    if (violation !== null) violations.push(violation);
  }
  if (limits.costPer1kUsd !== null) {
    const violation = costViolation(measured, limits.costPer1kUsd);
    if (violation !== null) violations.push(violation);
  }
  return violations;
}

function latencyViolation(p95Ms: number | null, limit: number): string | null {
  if (p95Ms === null) return `Its p95 latency is unknown, so it cannot be shown to keep under ${limit} ms.`;
  if (p95Ms <= limit) return null;
  return `Its p95 latency is ${digits(p95Ms)} ms, ${digits(p95Ms / limit)} times the limit of ${limit} ms.`;
}

function costViolation({ costPer1kUsd, costBasis }: Measured, limit: number): string | null {
  if (costPer1kUsd === null)
    return `Its cost is unknown, so it cannot be shown to keep under ${limit} US dollars per 1,000 calls. ${costBasis}`;
  if (costPer1kUsd <= limit) return null;
  const over = limit > 0 ? `${digits(costPer1kUsd / limit)} times the limit` : 'over the limit';
  return `It costs ${digits(costPer1kUsd)} US dollars per 1,000 calls, ${over} of ${limit}.`;
}

function digits(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 9 });
}
