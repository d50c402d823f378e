import { messageOf } from '../errors/homegrown-error.ts';
import type { Predictor } from '../predictor/predictor.ts';
import { settingsOf } from '../registry/promotion-status.ts';
import type { Registry } from '../registry/registry.ts';
import type { DeploymentSettings } from '../schema/deployment-settings.ts';
import type { Deployment } from '../store/store.ts';
import type { Task } from '../task/task.ts';
import {
  emptySeat,
  type ModelSeat,
  mustLoad,
  noteFailure,
  type SeatName,
  SEATS,
} from './deployment/model-seat.ts';
import type { GatewayLog } from './gateway-log.ts';
import { letGoOfLoading, ServedModel } from './served-model.ts';

/** The part of the registry that serving needs. */
export type ServingRegistry = Pick<Registry, 'deployments' | 'verifiedDirectoryOf' | 'list' | 'find'>;

export interface ModelPoolOptions {
  tasks: readonly Task[];
  registry: ServingRegistry;
  /** Loads and verifies a model folder. Throws `model/…`. */
  load: (directory: string) => Promise<Predictor>;
  log: GatewayLog;
  /** How often to ask what is deployed, milliseconds. */
  pollMs: number;
  /** Is told after each look whether any task has a canary or a shadow, loaded or not. */
  onCandidates?: ((hasCandidates: boolean) => void) | undefined;
}

/** What one task serves, for `/readyz`. */
export interface TaskStatus {
  readonly task: string;
  /** The version that answers, or null. */
  readonly serving: number | null;
  /** The version that should, or null when nothing is live. */
  readonly live: number | null;
  readonly canary: number | null;
  readonly shadow: number | null;
  /** Why one of them is not what it should be, without internals. */
  readonly problem: string | null;
}

/** A canary or a shadow that is loaded. */
export interface LoadedCandidate extends DeploymentSettings {
  readonly version: number;
  /** ISO 8601: since when it has been that. */
  readonly since: string;
}

interface Slot {
  readonly task: Task;
  readonly seats: Readonly<Record<SeatName, ModelSeat>>;
  /** Made anew when a deployment changes, not for each call. */
  readonly candidates: { canary: LoadedCandidate | null; shadow: LoadedCandidate | null };
}

/** Models that are asked for by version and are not deployed. */
const MAX_PINNED = 4;
/** How long a model that was taken away can still be found by calls that were on their way to it. */
const LEAVING_MS = 5000;

/** The models in memory: the deployed ones of each task, followed as promotions happen, and a few asked for by version. */
export class ModelPool {
  readonly #options: ModelPoolOptions;
  readonly #slots: Map<string, Slot>;
  /** By `<task>@<version>`, least recently used first; each entry owns its model. */
  readonly #pinned = new Map<string, Promise<ServedModel>>();
  /** Models on their way out, with the timers that end them. */
  readonly #leaving = new Map<ServedModel, NodeJS.Timeout>();
  readonly #suspended = new WeakSet<LoadedCandidate>();
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | undefined;
  #registryFailed = false;
  #closed = false;

  private constructor(options: ModelPoolOptions) {
    this.#options = options;
    this.#slots = new Map(
      options.tasks.map((task) => {
        const seats = { live: emptySeat('live'), canary: emptySeat('canary'), shadow: emptySeat('shadow') };
        return [task.name, { task, seats, candidates: { canary: null, shadow: null } }];
      }),
    );
  }

  /** Loads what is deployed and starts to follow promotions. A model that cannot be loaded is logged, not thrown. */
  static async start(options: ModelPoolOptions): Promise<ModelPool> {
    const pool = new ModelPool(options);
    await pool.refresh();
    pool.#scheduleRefresh();
    return pool;
  }

  get taskNames(): string[] {
    return [...this.#slots.keys()];
  }

  hasTask(name: string): boolean {
    return this.#slots.has(name);
  }

  taskOf(name: string): Task | null {
    return this.#slots.get(name)?.task ?? null;
  }

  /** The version that answers a task now; null when none does. */
  servingVersion(task: string): number | null {
    return this.#slots.get(task)?.seats.live.model?.version ?? null;
  }

  /** The canary or shadow of a task, once it is loaded and unless it was suspended; null without one. */
  candidate(task: string, state: 'canary' | 'shadow'): LoadedCandidate | null {
    const candidate = this.#slots.get(task)?.candidates[state] ?? null;
    return candidate !== null && this.#suspended.has(candidate) ? null : candidate;
  }

  /** Stops using a canary or a shadow at once, before the registry knows of it. One that is started again is used again. */
  suspend(candidate: LoadedCandidate): void {
    this.#suspended.add(candidate);
  }

  status(): TaskStatus[] {
    return [...this.#slots.values()].map(({ task, seats: { live, canary, shadow } }) => ({
      task: task.name,
      serving: live.model?.version ?? null,
      live: live.wanted?.version ?? null,
      canary: canary.wanted?.version ?? null,
      shadow: shadow.wanted?.version ?? null,
      problem: live.problem ?? canary.problem ?? shadow.problem,
    }));
  }

  /** Why a task that has a live model is not answered by it, without internals; null when all is well or nothing is live. */
  problemOf(task: string): string | null {
    return this.#slots.get(task)?.seats.live.problem ?? null;
  }

  /** Whether a task's calls are answered, by an own model or by the task's upstream. */
  isAnswered(name: string): boolean {
    const slot = this.#slots.get(name);
    return slot !== undefined && (slot.seats.live.model !== null || slot.task.config.upstream !== undefined);
  }

  /** Whether the registry answered when last asked. */
  get followsRegistry(): boolean {
    return !this.#registryFailed;
  }

  /** The live model of a task, retained for the caller, who must release it; null when nothing is served. */
  acquireLive(task: string): ServedModel | null {
    return this.#slots.get(task)?.seats.live.model?.retain() ?? null;
  }

  /** A version that is in memory because it is, or just was, deployed, retained for the caller; null: it is not. */
  acquireLoaded(task: string, version: number): ServedModel | null {
    const slot = this.#slots.get(task);
    if (slot === undefined) return null;
    for (const name of SEATS) {
      const { model } = slot.seats[name];
      if (model?.version === version) return model.retain();
    }
    for (const model of this.#leaving.keys()) {
      if (model.task === slot.task && model.version === version) return model.retain();
    }
    return null;
  }

  /** Names of the upstreams that a version in memory asks; none for one that is not. */
  upstreamsOf(task: string, version: number): readonly string[] {
    const model = this.acquireLoaded(task, version);
    if (model === null) return [];
    void model.release();
    return model.predictor.manifest.upstreams;
  }

  /** A version of a task's model, retained for the caller, who must release it. Throws `model/…`. */
  async acquireVersion(task: string, version: number): Promise<ServedModel> {
    const loaded = this.acquireLoaded(task, version);
    if (loaded !== null) return loaded;
    const key = `${task}@${version}`;
    const pinned = this.#pinned.get(key) ?? this.#loadPinned(key, this.#slots.get(task)!.task, version);
    this.#pinned.delete(key);
    this.#pinned.set(key, pinned);
    const model = (await pinned).retain();
    this.#evictPinned();
    return model;
  }

  /** Asks the registry once and swaps what changed. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshAll().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#refreshing;
    const releases: Promise<void>[] = [];
    for (const { seats } of this.#slots.values()) {
      for (const name of SEATS) {
        const { model } = seats[name];
        seats[name].model = null;
        if (model !== null) releases.push(model.release());
      }
    }
    for (const [model, timer] of this.#leaving) {
      clearTimeout(timer);
      releases.push(model.release());
    }
    this.#leaving.clear();
    for (const loading of this.#pinned.values()) releases.push(loading.then((model) => model.release()));
    this.#pinned.clear();
    await Promise.allSettled(releases);
  }

  #scheduleRefresh(): void {
    this.#timer = setTimeout(() => {
      void this.refresh().finally(() => {
        if (!this.#closed) this.#scheduleRefresh();
      });
    }, this.#options.pollMs).unref();
  }

  async #refreshAll(): Promise<void> {
    let deployments: readonly Deployment[];
    try {
      deployments = await this.#options.registry.deployments();
      this.#registryFailed = false;
    } catch (cause) {
      this.#noteRegistryFailure(cause);
      return;
    }
    await Promise.all([...this.#slots.values()].map((slot) => this.#follow(slot, deployments)));
    const isCandidate = ({ task, state }: Deployment): boolean =>
      (state === 'canary' || state === 'shadow') && this.#slots.has(task);
    this.#options.onCandidates?.(deployments.some(isCandidate));
  }

  /** Everything that is needed is loaded first, then all seats change in one go: no call sees half of a promotion. */
  async #follow(slot: Slot, deployments: readonly Deployment[]): Promise<void> {
    const { task, seats } = slot;
    for (const name of SEATS) {
      seats[name].wanted = deployments.find((one) => one.task === task.name && one.state === name) ?? null;
    }
    const loading = SEATS.map((name) => this.#loadFor(slot, seats[name]));
    const loaded = await Promise.all(loading);
    SEATS.forEach((name, index) => this.#settle(slot, seats[name], loaded[index] ?? null));
    for (const name of ['canary', 'shadow'] as const) {
      const before = slot.candidates[name];
      const now = candidateOf(seats[name], before);
      slot.candidates[name] = now;
      // Ended and started again, or with another share, between two looks: its model never left.
      const isRestarted = now !== null && before !== null && now !== before;
      if (isRestarted && loaded[SEATS.indexOf(name)] === null) this.#announce(slot, seats[name], null);
    }
  }

  /** The wanted model of a seat, retained, if it has to change; null when it stays as it is or cannot be loaded. */
  async #loadFor(slot: Slot, seat: ModelSeat): Promise<ServedModel | null> {
    const { name } = slot.task;
    if (!mustLoad(seat, name)) return null;
    const { version } = seat.wanted!;
    try {
      return this.acquireLoaded(name, version) ?? (await this.#loadVersion(slot.task, version));
    } catch (cause) {
      if (noteFailure(seat, slot.task)) {
        const message = `${seat.problem}: ${messageOf(cause)}`;
        this.#options.log({ level: 'error', event: 'model-failed', message, cause });
      }
      return null;
    }
  }

  #settle(slot: Slot, seat: ModelSeat, next: ServedModel | null): void {
    const { wanted, model: previous } = seat;
    if (next === null) {
      const isRight = (wanted?.version ?? null) === (previous?.version ?? null);
      if (isRight) seat.problem = null;
      // The live seat keeps what it has until the next one is there.
      if (isRight || (wanted !== null && seat.name === 'live')) return;
    }
    seat.model = next;
    if (next !== null || wanted === null) seat.problem = null;
    if (next !== null) this.#announce(slot, seat, previous);
    if (previous !== null) this.#letGo(previous);
  }

  #announce({ task }: Slot, { name, model, wanted }: ModelSeat, previous: ServedModel | null): void {
    const share = Math.round(settingsOf(wanted!).share * 1000) / 10;
    const instead = previous === null ? '' : ` instead of ${previous.name}`;
    const messages: Record<SeatName, string> = {
      live: `${model!.name} now answers task:${task.name}${instead}`,
      canary: `${model!.name} now answers ${share} % of the users and groups of task:${task.name}`,
      shadow: `${model!.name} now gets copies of ${share} % of the calls of task:${task.name}`,
    };
    this.#options.log({ level: 'info', event: `model-${name}`, message: messages[name] });
  }

  /** Not awaited: the old model's last calls end in their own time. */
  #letGo(model: ServedModel): void {
    const timer = setTimeout(() => {
      this.#leaving.delete(model);
      void model.release();
    }, LEAVING_MS).unref();
    const earlier = this.#leaving.get(model);
    this.#leaving.set(model, timer);
    if (earlier === undefined) return;
    clearTimeout(earlier);
    void model.release();
  }

  #noteRegistryFailure(cause: unknown): void {
    if (!this.#registryFailed) {
      const message = `cannot ask which models are live, so the loaded ones go on answering: ${messageOf(cause)}`;
      this.#options.log({ level: 'error', event: 'registry-failed', message, cause });
    }
    this.#registryFailed = true;
  }

  async #loadVersion(task: Task, version: number): Promise<ServedModel> {
    const { registry, load } = this.#options;
    const predictor = await load(await registry.verifiedDirectoryOf(task.name, version));
    return new ServedModel(task, version, predictor);
  }

  #loadPinned(key: string, task: Task, version: number): Promise<ServedModel> {
    const loading = this.#loadVersion(task, version);
    loading.catch(() => this.#pinned.delete(key));
    return loading;
  }

  #evictPinned(): void {
    for (const [key, pinned] of this.#pinned) {
      if (this.#pinned.size <= MAX_PINNED) return;
      this.#pinned.delete(key);
      letGoOfLoading(pinned);
    }
  }
}

/** The same object for as long as it is the same deployment. */
function candidateOf({ wanted, model }: ModelSeat, before: LoadedCandidate | null): LoadedCandidate | null {
  if (wanted === null || wanted.version !== model?.version) return null;
  const { version, since } = wanted;
  if (before?.version === version && before.since === since) return before;
  return { version, since, ...settingsOf(wanted) };
}
