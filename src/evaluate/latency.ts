import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Latency } from '../schema/report.ts';

export interface LatencyOptions {
  calls: number;
  warmUpCalls: number;
  /** Time for all calls together, warm-up included; at least one call is measured whatever it takes. */
  maxSeconds: number;
  signal?: AbortSignal;
}

/**
 * Times one call at a time on the given inputs, again from the first when they run out: wall time of each in milliseconds
 * and this process's processor time (all its threads) per call, taken from the least disturbed round of the inputs (other
 * work on the machine slows a processor second down, never up).
 * Throws what `call` throws, the signal's reason when aborted, and `evaluate/no-inputs` when there is nothing to call with.
 */
export async function measureLatency(
  call: (input: string) => Promise<unknown>,
  inputs: readonly string[],
  options: LatencyOptions,
): Promise<{ latency: Latency; cpuMsPerCall: number }> {
  requireInputs(inputs);
  const end = nowMs() + options.maxSeconds * 1000;
  const { signal } = options;
  await timeCalls(call, inputs, { calls: options.warmUpCalls, end, signal });
  const times: number[] = [];
  let cpuMsPerCall = Infinity;
  const wanted = Math.max(1, options.calls);
  while (times.length < wanted && (times.length === 0 || nowMs() < end)) {
    const cpuBefore = process.cpuUsage();
    const calls = Math.min(inputs.length, wanted - times.length);
    const round = await timeCalls(call, inputs, { calls, end, signal, least: times.length === 0 ? 1 : 0 });
    const cpu = process.cpuUsage(cpuBefore);
    times.push(...round);
    if (round.length === calls || cpuMsPerCall === Infinity)
      cpuMsPerCall = Math.min(cpuMsPerCall, (cpu.user + cpu.system) / 1000 / round.length);
  }
  return { latency: latencyOf(times), cpuMsPerCall };
}

function requireInputs(inputs: readonly string[]): void {
  if (inputs.length > 0) return;
  throw new HomegrownError({
    code: 'evaluate/no-inputs',
    message: 'latency cannot be measured without inputs',
    hint: 'Add labelled examples, so that every split gets some.',
  });
}

interface Timing {
  calls: number;
  /** `nowMs()` after which no further call starts. */
  end: number;
  signal: AbortSignal | undefined;
  /** Calls made whatever the time. */
  least?: number;
}

async function timeCalls(
  call: (input: string) => Promise<unknown>,
  inputs: readonly string[],
  { calls, end, signal, least = 0 }: Timing,
): Promise<number[]> {
  const times: number[] = [];
  while (times.length < calls && (times.length < least || nowMs() < end)) {
    signal?.throwIfAborted();
    const input = inputs[times.length % inputs.length]!;
    const start = nowMs();
    await call(input);
    times.push(nowMs() - start);
  }
  return times;
}

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Percentiles by nearest rank. */
export function latencyOf(timesMs: readonly number[]): Latency {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { calls: sorted.length, p50Ms: rank(0.5), p95Ms: rank(0.95), p99Ms: rank(0.99) };
}
