import type { DeploymentStatus, GateResult, Transition } from '../project/project.ts';
import { renderRows } from './render-rows.ts';

/** How the canary and the shadow of a task stand; empty when there is neither. */
export function renderCandidates(status: DeploymentStatus): string {
  return [renderCanary(status), renderShadow(status)].filter((text) => text !== '').join('\n\n');
}

/** Who answers a task, and how its canary and shadow stand. */
export function renderStatus(status: DeploymentStatus): string {
  const { task, live, upstream } = status;
  const elsewhere = upstream.length === 0 ? 'nobody' : upstream.join(', then ');
  const who =
    live === null
      ? `answered by ${elsewhere}`
      : `${task}@${live.version} is live since ${minuteOf(live.since)}`;
  const candidates = renderCandidates(status);
  return candidates === '' ? `${task}: ${who}` : `${task}: ${who}\n\n${candidates}`;
}

function renderCanary({ task, canary, steps }: DeploymentStatus): string {
  if (canary === null) return '';
  const { version, since, share, gates, passed, sides } = canary;
  const head = `canary ${task}@${version}, ${percent(share)} of users and groups since ${minuteOf(since)}`;
  const rows = sides.map((side) => [
    side.name,
    side.calls.toLocaleString('en-US'),
    side.failed.toLocaleString('en-US'),
    side.p95Ms === null ? '-' : `${digits(side.p95Ms)} ms`,
    side.costPer1kUsd === null ? '-' : `$${digits(side.costPer1kUsd)}`,
    side.judged === 0
      ? '-'
      : `${percent(side.accepted / side.judged)} of ${side.judged.toLocaleString('en-US')}`,
  ]);
  const table = renderRows([['', 'calls', 'failed', 'p95', 'cost of 1,000', 'accepted'], ...rows]);
  const next = passed
    ? steps === 'automatic'
      ? 'All gates are passed: it goes live by itself.'
      : `All gates are passed: homegrown models promote ${task}@${version}`
    : '';
  return [head, '', table, '', renderGates(gates), next]
    .filter((line, index) => line !== '' || index < 4)
    .join('\n');
}

function renderShadow({ task, shadow, steps }: DeploymentStatus): string {
  if (shadow === null) return '';
  const { version, since, share, gates, passed, costUsd } = shadow;
  const spent = costUsd === 0 ? '' : `, $${digits(costUsd)} spent`;
  const head = `shadow ${task}@${version}, ${percent(share)} of the calls since ${minuteOf(since)}${spent}`;
  const next = passed
    ? steps === 'automatic'
      ? 'All gates are passed: it becomes the canary by itself.'
      : `All gates are passed: homegrown models canary ${task}@${version}`
    : '';
  return [head, '', renderGates(gates), ...(next === '' ? [] : [next])].join('\n');
}

/** One line for each gate. */
function renderGates(gates: readonly GateResult[]): string {
  const rows = gates.map(({ gate, verdict, found, needed }) => [
    gate,
    verdict,
    needed === null ? found : `${found} Needed: ${needed}`,
  ]);
  return renderRows([['gate', 'verdict', 'found'], ...rows]);
}

/** Changes of state, oldest first. */
export function renderHistory(transitions: readonly Transition[]): string {
  const rows = transitions.map(({ at, task, version, from, to, action, by, reason, evidence }) => [
    minuteOf(at),
    `${task}@${version}`,
    `${from ?? '-'} → ${to}`,
    isForced(evidence) ? `${action} (forced)` : action,
    by,
    reason ?? '',
  ]);
  return renderRows([['at', 'model', 'state', 'action', 'by', 'reason'], ...rows]);
}

function isForced(evidence: Transition['evidence']): boolean {
  return (
    typeof evidence === 'object' && evidence !== null && 'forced' in evidence && evidence.forced === true
  );
}

function minuteOf(at: string): string {
  return at.slice(0, 16).replace('T', ' ');
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 9 });
}
