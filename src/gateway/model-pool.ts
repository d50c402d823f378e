import { messageOf } from '../errors/homegrown-error.ts';
import type { Predictor } from '../predictor/predictor.ts';
import type { Registry } from '../registry/registry.ts';
import type { Task } from '../task/task.ts';
import type { GatewayLog } from './gateway-log.ts';
import { ServedModel } from './served-model.ts';

/** The part of the registry that serving needs. */
export type ServingRegistry = Pick<Registry, 'live' | 'verifiedDirectoryOf' | 'list' | 'find'>;

export interface ModelPoolOptions {
  tasks: readonly Task[];
  registry: ServingRegistry;
  /** Loads and verifies a model folder. Throws `model/…`. */
  load: (directory: string) => Promise<Predictor>;
  log: GatewayLog;
  /** How often to ask what is live, milliseconds. */
  pollMs: number;
}

/** What one task serves, for `/readyz`. */
export interface TaskStatus {
  readonly task: string;
  /** The version that answers, or null. */
  readonly serving: number | null;
  /** The version that should, or null when nothing is live. */
  readonly live: number | null;
  /** Why they differ, without internals. */
  readonly problem: string | null;
}

interface Slot {
  readonly task: Task;
  model: ServedModel | null;
  live: number | null;
  problem: string | null;
  /** `performance.now()` before which a failed version is not tried again. */
  retryAt: number;
}

const RETRY_MS = 5000;
/** Models that are asked for by version and are not live. */
const MAX_PINNED = 4;

/** The models in memory: the live one of each task, followed as promotions happen, and a few asked for by version. */
export class ModelPool {
  readonly #options: ModelPoolOptions;
  readonly #slots: Map<string, Slot>;
  /** By `<task>@<version>`, least recently used first; each entry owns its model. */
  readonly #pinned = new Map<string, Promise<ServedModel>>();
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | undefined;
  #registryFailed = false;
  #closed = false;

  private constructor(options: ModelPoolOptions) {
    this.#options = options;
    this.#slots = new Map(
      options.tasks.map((task) => [task.name, { task, model: null, live: null, problem: null, retryAt: 0 }]),
    );
  }

  /** Loads what is live and starts to follow promotions. A model that cannot be loaded is logged, not thrown. */
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
    return this.#slots.get(task)?.model?.version ?? null;
  }

  status(): TaskStatus[] {
    return [...this.#slots.values()].map(({ task, model, live, problem }) => ({
      task: task.name,
      serving: model?.version ?? null,
      live,
      problem,
    }));
  }

  /** Why a task that has a live model is not answered by it, without internals; null when all is well or nothing is live. */
  problemOf(task: string): string | null {
    return this.#slots.get(task)?.problem ?? null;
  }

  /** Whether the registry answered when last asked. */
  get followsRegistry(): boolean {
    return !this.#registryFailed;
  }

  /** The live model of a task, retained for the caller, who must release it; null when nothing is served. */
  acquireLive(task: string): ServedModel | null {
    return this.#slots.get(task)?.model?.retain() ?? null;
  }

  /** A version of a task's model, retained for the caller, who must release it. Throws `model/…`. */
  async acquireVersion(task: string, version: number): Promise<ServedModel> {
    const slot = this.#slots.get(task)!;
    if (slot.model?.version === version) return slot.model.retain();
    const key = `${task}@${version}`;
    const pinned = this.#pinned.get(key) ?? this.#loadPinned(key, slot.task, version);
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
    const live = [...this.#slots.values()].map(({ model }) => model?.release());
    for (const slot of this.#slots.values()) slot.model = null;
    const pinned = [...this.#pinned.values()].map(async (loading) => (await loading).release());
    this.#pinned.clear();
    await Promise.allSettled([...live, ...pinned]);
  }

  #scheduleRefresh(): void {
    this.#timer = setTimeout(() => {
      void this.refresh().finally(() => {
        if (!this.#closed) this.#scheduleRefresh();
      });
    }, this.#options.pollMs).unref();
  }

  async #refreshAll(): Promise<void> {
    await Promise.all([...this.#slots.values()].map((slot) => this.#refreshSlot(slot)));
  }

  async #refreshSlot(slot: Slot): Promise<void> {
    try {
      slot.live = await this.#options.registry.live(slot.task.name);
      this.#registryFailed = false;
    } catch (cause) {
      this.#noteRegistryFailure(cause);
      return;
    }
    await this.#follow(slot);
  }

  async #follow(slot: Slot): Promise<void> {
    const { live, model } = slot;
    if (live === (model?.version ?? null)) {
      slot.problem = null;
      return;
    }
    if (live !== null && performance.now() < slot.retryAt && slot.problem?.includes(`@${live} `) === true)
      return;
    if (live === null) return this.#swap(slot, null);
    try {
      const next = await this.#loadVersion(slot.task, live);
      await this.#swap(slot, next);
    } catch (cause) {
      this.#noteLoadFailure(slot, live, cause);
    }
  }

  async #swap(slot: Slot, next: ServedModel | null): Promise<void> {
    const previous = slot.model;
    slot.model = next;
    slot.problem = null;
    if (next !== null) {
      const instead = previous === null ? '' : ` instead of ${previous.name}`;
      this.#options.log({
        level: 'info',
        event: 'model-live',
        message: `${next.name} now answers task:${slot.task.name}${instead}`,
      });
    }
    // Not awaited: the old model's last calls end in their own time.
    void previous?.release();
  }

  #noteLoadFailure(slot: Slot, live: number, cause: unknown): void {
    const name = `${slot.task.name}@${live}`;
    const still = slot.model === null ? 'nothing answers' : `${slot.model.name} still answers`;
    slot.retryAt = performance.now() + RETRY_MS;
    const problem = `${name} is live but could not be loaded; ${still}`;
    const isNews = slot.problem !== problem;
    slot.problem = problem;
    if (isNews) {
      const message = `${problem}: ${messageOf(cause)}`;
      this.#options.log({ level: 'error', event: 'model-failed', message, cause });
    }
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
      void pinned.then((model) => model.release());
    }
  }
}
