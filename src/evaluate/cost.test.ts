import { describe, expect, it } from 'vitest';
import { costOfCalls } from './cost.ts';

describe('costOfCalls', () => {
  it('turns processor time into money at the machine’s price', () => {
    expect(costOfCalls({ cpuMsPerCall: 3.6, usdPerHour: 0.5, upstreamCosts: null })).toEqual({
      costPer1kUsd: 0.0005,
      costBasis:
        '3.6 ms of processor time per call, at 0.5 US dollars per machine hour with one call at a time.',
    });
  });

  it('is unknown, not 0, without a machine price', () => {
    expect(costOfCalls({ cpuMsPerCall: 3.6, usdPerHour: null, upstreamCosts: null })).toEqual({
      costPer1kUsd: null,
      costBasis: 'Unknown: the config states no `machine.usdPerHour`, so seconds cannot become money.',
    });
  });

  it('averages upstream costs, and is unknown as soon as one is', () => {
    const facts = { cpuMsPerCall: null, usdPerHour: 0.5 };
    expect(costOfCalls({ ...facts, upstreamCosts: [0.001, 0.003] }).costPer1kUsd).toBeCloseTo(2, 12);
    const unknown = costOfCalls({ ...facts, upstreamCosts: [0.001, null] });
    expect(unknown.costPer1kUsd).toBeNull();
    expect(unknown.costBasis).toContain('1 of 2 measured calls have no known price');
    expect(costOfCalls({ ...facts, upstreamCosts: [] }).costPer1kUsd).toBeNull();
  });
});
