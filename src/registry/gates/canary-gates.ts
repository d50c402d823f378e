import type { GateResult } from '../../schema/gate.ts';
import { acceptanceGate } from './acceptance-gate.ts';
import type { CanaryCounts } from './canary-counts.ts';
import { costGate } from './cost-gate.ts';
import type { GateSettings } from './gate-settings.ts';
import { callsGate, errorsGate, latencyGate } from './shared-gates.ts';

/** How a canary stands: every gate that its task states. */
export function canaryGates(counts: CanaryCounts, settings: GateSettings): GateResult[] {
  const { canary } = counts;
  return [
    callsGate(canary, settings.promotion.canary.minCalls),
    errorsGate(canary, settings),
    latencyGate(canary, settings),
    costGate(canary, settings),
    acceptanceGate(counts, settings),
  ].filter((gate) => gate !== null);
}

/** Whether every gate is passed; feedback that the task does not ask for may be missing. */
export function allPassed(
  gates: readonly GateResult[],
  { promotion }: Pick<GateSettings, 'promotion'>,
): boolean {
  return gates.every(
    ({ gate, verdict }) =>
      verdict === 'passed' ||
      (gate === 'acceptance' && verdict === 'open' && promotion.canary.feedback === 'optional'),
  );
}
