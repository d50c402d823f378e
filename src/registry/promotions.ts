import { randomBytes } from 'node:crypto';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { GateResult } from '../schema/gate.ts';
import type { DeploymentStatus } from '../schema/deployment-status.ts';
import type { DeploymentSettings } from '../schema/deployment-settings.ts';
import type { Transition } from '../store/store.ts';
import { allPassed } from './gates/canary-gates.ts';
import type { GateSettings } from './gates/gate-settings.ts';
import { percent } from './gates/gate-words.ts';
import { type GateFacts, gatesBeforeCanary, gatesBeforeLive } from './promotion-gates.ts';
import { type CountedInferences, deployedOf, statusOf } from './promotion-status.ts';
import {
  evidenceOf,
  forcedWords,
  mustForce,
  nobodyElse,
  reasonOf,
  type Step,
  type StepTaken,
  versionOf,
} from './promotion-step.ts';
import type { Registry } from './registry.ts';

interface Parts {
  readonly registry: Registry;
  readonly inferences: CountedInferences;
  readonly tasks: readonly GateSettings[];
}

/** Who is recorded for steps that gates ask for. */
const BY_GATES = 'gates';

/** The way of a model from shadow to canary to live and back: by its gates, or forced with a reason. */
export class Promotions {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Who answers a task, and how its shadow and its canary stand. */
  async status(task: string): Promise<DeploymentStatus> {
    const settings = this.#settingsOf(task);
    const deployed = deployedOf(await this.#parts.registry.deployments(task));
    return statusOf(this.#parts.inferences, deployed, settings);
  }

  /** Whether the same models are in the same states still. */
  async isCurrent({ task, live, canary, shadow }: DeploymentStatus): Promise<boolean> {
    const deployed = deployedOf(await this.#parts.registry.deployments(task));
    const before = { live, canary, shadow };
    return (['live', 'canary', 'shadow'] as const).every(
      (state) =>
        deployed[state]?.version === before[state]?.version &&
        deployed[state]?.since === before[state]?.since,
    );
  }

  /** Every change of state of a task's models, oldest first. */
  history(task: string): Promise<Transition[]> {
    return this.#parts.registry.history(task);
  }

  /** Takes a step. Throws `promotion/gates-open` when gates are not passed and no reason is given, `registry/…`. */
  async step(step: Step): Promise<StepTaken> {
    this.#settingsOf(step.task);
    if (step.version !== undefined) await this.#parts.registry.mustExist(step.task, step.version);
    switch (step.action) {
      case 'shadow':
        return this.#start(step, []);
      case 'canary':
        return this.#start(step, await gatesBeforeCanary(versionOf(step), await this.#facts(step.task)));
      case 'promote':
        return this.#promote(step);
      case 'rollback':
        return this.#rollback(step);
      case 'retire':
        return this.#stop(versionOf(step), step, 'retire');
      default:
        return step.action satisfies never;
    }
  }

  /**
   * What gates ask for by themselves as they stand: a breached one ends its shadow or canary; with automatic steps passed ones lead on. null: nothing.
   * Several servers may ask at once: the store lets one of them do it, the others get `store/conflict` or `registry/not-deployed`.
   */
  async check({ task, canary, shadow, steps }: DeploymentStatus): Promise<StepTaken | null> {
    for (const candidate of [canary, shadow]) {
      if (candidate?.gates.some(({ verdict }) => verdict === 'breached') === true)
        return this.breach({ task, version: candidate.version, gates: candidate.gates });
    }
    if (steps !== 'automatic') return null;
    if (canary !== null)
      return canary.passed ? this.#ifPassed({ task, action: 'promote', version: canary.version }) : null;
    return shadow?.passed === true
      ? this.#ifPassed({ task, action: 'canary', version: shadow.version })
      : null;
  }

  /** Ends a shadow or a canary because of its gates. */
  async breach(facts: { task: string; version: number; gates: readonly GateResult[] }): Promise<StepTaken> {
    const { task, version, gates } = facts;
    const breached = gates.filter(({ verdict }) => verdict === 'breached');
    const reason = breached.map(({ gate, found }) => `${gate}: ${found}`).join(' ');
    const record = { by: BY_GATES, reason, evidence: evidenceOf(gates, false) };
    await this.#parts.registry.stop(task, version, { ...record, action: 'breach' });
    const message = `${task}@${version} was taken back because a gate was breached. ${reason}`;
    return { task, action: 'breach', version, previous: null, forced: false, gates, message };
  }

  /** An automatic step whose other gates are not passed waits. */
  async #ifPassed(step: Omit<Step, 'by'>): Promise<StepTaken | null> {
    try {
      return await this.step({ ...step, by: BY_GATES });
    } catch (error) {
      if (error instanceof HomegrownError && error.code === 'promotion/gates-open') return null;
      throw error;
    }
  }

  async #start(step: Step, gates: readonly GateResult[]): Promise<StepTaken> {
    const { task, action, by } = step;
    const version = versionOf(step);
    const { promotion } = this.#settingsOf(task);
    const state = action === 'shadow' ? 'shadow' : 'canary';
    const forced = mustForce(
      step,
      gates,
      gates.every(({ verdict }) => verdict === 'passed'),
    );
    const settings: DeploymentSettings = {
      share: step.share ?? promotion[state].share,
      salt: randomBytes(8).toString('hex'),
      maxUsd: state === 'shadow' ? (promotion.shadow.maxUsd ?? null) : null,
    };
    const record = { by, ...reasonOf(step), evidence: evidenceOf(gates, forced) };
    await this.#parts.registry.start(task, version, { ...record, state, settings });
    const what =
      state === 'shadow' ? 'of the calls are repeated for it' : 'of users and groups are answered by it';
    const message = `${task}@${version} is the ${state}: ${percent(settings.share)} ${what}.${forcedWords(forced)}`;
    return { task, action, version, previous: null, forced, gates, message };
  }

  async #promote(step: Step): Promise<StepTaken> {
    const { task, action, by } = step;
    const version = versionOf(step);
    const facts = await this.#facts(task);
    if (facts.deployed.live?.version === version) {
      await this.#parts.registry.verifiedDirectoryOf(task, version);
      const message = `${task}@${version} was live already.`;
      return { task, action, version, previous: version, forced: false, gates: [], message };
    }
    const gates = await gatesBeforeLive(version, facts);
    const forced = mustForce(step, gates, allPassed(gates, facts.settings));
    const record = { by, ...reasonOf(step), evidence: evidenceOf(gates, forced) };
    const { previous } = await this.#parts.registry.promote(task, version, record);
    const before = previous === null ? '' : ` (before: ${task}@${previous})`;
    const message = `${task}@${version} is live${before}.${forcedWords(forced)}`;
    return { task, action, version, previous, forced, gates, message };
  }

  async #rollback(step: Step): Promise<StepTaken> {
    const { task, action, version: named, by } = step;
    const { deployed, settings } = await this.#facts(task);
    if (named !== undefined && named !== deployed.live?.version) return this.#stop(named, step, 'rollback');
    const toUpstream = settings.upstream.length > 0;
    const record = { by, ...reasonOf(step), toUpstream };
    const { version, previous } = await this.#parts.registry.rollback(task, record);
    const now =
      version === null ? `${settings.upstream[0]} answers ${task} again` : `${task}@${version} is live again`;
    const message = `${now} (before: ${task}@${previous}).`;
    return { task, action, version, previous, forced: false, gates: [], message };
  }

  async #stop(version: number, step: Step, action: 'retire' | 'rollback'): Promise<StepTaken> {
    const { task, by } = step;
    const { deployed, settings } = await this.#facts(task);
    const isLive = deployed.live?.version === version;
    if (isLive && settings.upstream.length === 0) throw nobodyElse(task, version);
    await this.#parts.registry.stop(task, version, { by, ...reasonOf(step), action });
    const message = `${task}@${version} is retired.`;
    return { task, action, version, previous: isLive ? version : null, forced: false, gates: [], message };
  }

  async #facts(task: string): Promise<GateFacts> {
    const { registry, inferences } = this.#parts;
    const settings = this.#settingsOf(task);
    const [models, deployments] = await Promise.all([registry.list(task), registry.deployments(task)]);
    return { inferences, models, deployed: deployedOf(deployments), settings };
  }

  #settingsOf(task: string): GateSettings {
    const { tasks } = this.#parts;
    const found = tasks.find((settings) => settings.task === task);
    if (found !== undefined) return found;
    throw new HomegrownError({
      code: 'promotion/unknown-task',
      kind: 'usage',
      message: `there is no task "${task}"`,
      expected: tasks.map((settings) => settings.task).join(', ') || 'a task in the config',
    });
  }
}
