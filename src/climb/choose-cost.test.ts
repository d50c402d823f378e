import { expect, test } from 'vitest';
import type { Measured } from '../schema/report.ts';
import { cheapestFirst } from './choose-cost.ts';

function own(cpuMsPerCall: number, costPer1kUsd: number | null = null): Measured {
  return measured({ cpuMsPerCall, costPer1kUsd, p50Ms: cpuMsPerCall });
}

function rented(p50Ms: number, costPer1kUsd: number | null): Measured {
  return measured({ cpuMsPerCall: null, costPer1kUsd, p50Ms });
}

function measured(facts: {
  cpuMsPerCall: number | null;
  costPer1kUsd: number | null;
  p50Ms: number;
}): Measured {
  const { cpuMsPerCall, costPer1kUsd, p50Ms } = facts;
  const latency = { calls: 1, p50Ms, p95Ms: p50Ms, p99Ms: p50Ms };
  return { latency, costPer1kUsd, costBasis: '', cpuMsPerCall, buildSeconds: 1, buildUsd: 0, modelBytes: 1 };
}

test('known costs decide, to two digits; then processor time', () => {
  expect(cheapestFirst([own(2, 0.0201), own(1, 0.0199), rented(300, 0.01)])).toEqual([2, 1, 0]);
});

test('without a machine price own models come first, and rented ones are still compared by their price', () => {
  expect(cheapestFirst([rented(300, 0.037), rented(400, 0.015), own(0.1), own(0.02)])).toEqual([3, 2, 1, 0]);
});

test('without any price time decides', () => {
  expect(cheapestFirst([rented(300, null), rented(200, 0.5), own(0.1)])).toEqual([2, 1, 0]);
});
