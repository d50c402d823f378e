import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { latencyOf, measureLatency } from './latency.ts';

describe('measureLatency', () => {
  it('calls one at a time, warm-up apart, and goes round the inputs', async () => {
    const seen: string[] = [];
    let running = 0;
    let most = 0;
    const call = async (input: string): Promise<void> => {
      most = Math.max(most, ++running);
      seen.push(input);
      await sleep(2);
      running--;
    };
    const { latency } = await measureLatency(call, ['a', 'b', 'c'], {
      calls: 7,
      warmUpCalls: 2,
      maxSeconds: 10,
    });
    expect(seen.join('')).toBe('ababcabca');
    expect(most).toBe(1);
    expect(latency.calls).toBe(7);
    expect(latency.p50Ms).toBeGreaterThan(1);
    expect(latency.p99Ms).toBeGreaterThanOrEqual(latency.p95Ms);
  });

  it('counts processor time, not waiting', async () => {
    const options = { calls: 5, warmUpCalls: 0, maxSeconds: 10 };
    const waiting = await measureLatency(() => sleep(20), ['x'], options);
    expect(waiting.cpuMsPerCall).toBeLessThan(15);
    const working = await measureLatency(async () => spin(20), ['x'], options);
    expect(working.cpuMsPerCall).toBeGreaterThan(10);
  });

  it('stops when the time is up, after one call at least', async () => {
    const { latency } = await measureLatency(() => sleep(30), ['x'], {
      calls: 1000,
      warmUpCalls: 5,
      maxSeconds: 0.02,
    });
    expect(latency.calls).toBe(1);
  });

  it('stops when aborted, with the signal’s reason', async () => {
    const stop = new AbortController();
    const call = async (): Promise<void> => stop.abort(new Error('enough'));
    await expect(
      measureLatency(call, ['x'], { calls: 10, warmUpCalls: 0, maxSeconds: 10, signal: stop.signal }),
    ).rejects.toThrow('enough');
  });

  it('refuses to measure without inputs', async () => {
    await expect(
      measureLatency(async () => undefined, [], { calls: 1, warmUpCalls: 0, maxSeconds: 1 }),
    ).rejects.toThrow('latency cannot be measured without inputs');
  });
});

/** Keeps the processor busy for this much of its time. */
function spin(cpuMs: number): void {
  const start = process.cpuUsage();
  for (;;) {
    const used = process.cpuUsage(start);
    if (used.user + used.system > cpuMs * 1000) return;
  }
}

describe('latencyOf', () => {
  it('takes percentiles by nearest rank', () => {
    const times = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(latencyOf(times)).toEqual({ calls: 100, p50Ms: 50, p95Ms: 95, p99Ms: 99 });
    expect(latencyOf([3])).toEqual({ calls: 1, p50Ms: 3, p95Ms: 3, p99Ms: 3 });
  });
});
