import { HomegrownError } from '../errors/homegrown-error.ts';
import type { GateResult } from '../schema/gate.ts';
import type { JsonValue } from '../store/store.ts';

/** A step that somebody asks for. */
export interface Step {
  readonly task: string;
  readonly action: 'shadow' | 'canary' | 'promote' | 'rollback' | 'retire';
  /** Needed for all but `rollback`, where it names a canary or a shadow to end. */
  readonly version?: number;
  /** Of a shadow or a canary; the config's when left out. */
  readonly share?: number;
  readonly by: string;
  /** Needed when gates are not passed: the step is then forced, and recorded as that. */
  readonly reason?: string;
}

/** A step that was taken. */
export interface StepTaken {
  readonly task: string;
  readonly action: Step['action'] | 'breach';
  /** What answers the task, or is shadow, canary or retired, from now on; null: nothing of our own answers. */
  readonly version: number | null;
  /** What was live before a promotion or a rollback. */
  readonly previous: number | null;
  /** Whether gates were not passed and a reason was given instead. */
  readonly forced: boolean;
  readonly gates: readonly GateResult[];
  /** What was done and why, in a sentence or two. */
  readonly message: string;
}

/** The version of a step that needs one. Throws `promotion/no-version`. */
export function versionOf({ task, action, version }: Step): number {
  if (version !== undefined) return version;
  throw new HomegrownError({
    code: 'promotion/no-version',
    kind: 'usage',
    message: `name the version of "${task}" to ${action}`,
    hint: `Run \`homegrown models list ${task}\`.`,
  });
}

/** Whether a step goes on although its gates are not passed. Throws `promotion/gates-open` when it may not. */
export function mustForce(step: Step, gates: readonly GateResult[], passed: boolean): boolean {
  if (passed) return false;
  if (step.reason !== undefined && step.reason.trim() !== '') return true;
  throw gatesOpen(step, gates);
}

function gatesOpen({ task, action, version }: Step, gates: readonly GateResult[]): HomegrownError {
  const missing = gates.filter(({ verdict }) => verdict !== 'passed');
  const lines = missing.map(({ gate, verdict, found, needed }) =>
    [`${gate} (${verdict}): ${found}`, needed].filter((part) => part !== null).join(' '),
  );
  return new HomegrownError({
    code: 'promotion/gates-open',
    kind: 'refused',
    message: `${task}@${version} may not ${WORDS[action]} yet. ${lines.join(' ')}`,
    hint: 'Wait for what is missing, or give a reason (`--reason "…"`): the step is then taken all the same and recorded as forced.',
  });
}

const WORDS: Record<Step['action'], string> = {
  shadow: 'become the shadow',
  canary: 'become the canary',
  promote: 'go live',
  rollback: 'go back',
  retire: 'be retired',
};

/** What is kept with a transition: the gates as they stood. */
export function evidenceOf(gates: readonly GateResult[], forced: boolean): JsonValue {
  return { forced, gates: gates.map((gate) => ({ ...gate })) };
}

/** Spread into a record: a reason that was given. */
export function reasonOf({ reason }: Step): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

/** What a message says of a forced step. */
export function forcedWords(forced: boolean): string {
  return forced ? ' Its gates were not passed; the step was forced.' : '';
}

/** Nobody would answer a task any more. */
export function nobodyElse(task: string, version: number): HomegrownError {
  return new HomegrownError({
    code: 'promotion/nobody-else',
    kind: 'usage',
    message: `${task}@${version} is live and nobody else answers "${task}"`,
    hint: `Promote another version first, or name an \`upstream\` for the task in homegrown.config.ts.`,
  });
}
