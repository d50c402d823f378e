import { measureLatency } from '../evaluate/latency.ts';
import { costOfCalls } from '../evaluate/cost.ts';
import type { Predictor } from '../predictor/predictor.ts';
import type { Measured } from '../schema/report.ts';

const OWN_CALLS = { calls: 2000, warmUpCalls: 200, maxSeconds: 5 };
/** Upstream calls cost money and seconds; they are made fresh, since a replayed latency is not a latency. */
export const UPSTREAM_CALLS = { calls: 20, warmUpCalls: 0, maxSeconds: 60 };

/** Latency, processor time (at least `leastCpuMs`) and cost of one call at a time, through the predictor that serves. */
export async function measureCandidate(
  predictor: Predictor,
  inputs: readonly string[],
  { usdPerHour, signal, leastCpuMs }: { usdPerHour: number | null; signal: AbortSignal; leastCpuMs: number },
): Promise<Pick<Measured, 'latency' | 'cpuMsPerCall' | 'costPer1kUsd' | 'costBasis'>> {
  const callsUpstream = predictor.manifest.upstreams.length > 0;
  const upstreamCosts: (number | null)[] = [];
  const call = async (input: string): Promise<void> => {
    const [prediction] = await predictor.predict([input], { fresh: callsUpstream, signal });
    if (callsUpstream) upstreamCosts.push(prediction?.costUsd ?? null);
  };
  const measured = await measureLatency(call, inputs, {
    ...(callsUpstream ? UPSTREAM_CALLS : OWN_CALLS),
    signal,
  });
  const { latency } = measured;
  const cpuMsPerCall = Math.max(leastCpuMs, measured.cpuMsPerCall);
  const cost = costOfCalls({ cpuMsPerCall, usdPerHour, upstreamCosts: callsUpstream ? upstreamCosts : null });
  return { latency, cpuMsPerCall: callsUpstream ? null : cpuMsPerCall, ...cost };
}
