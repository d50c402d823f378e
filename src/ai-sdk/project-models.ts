import { NoSuchModelError } from '@ai-sdk/provider';
import { letGoOfLoading, ServedModel } from '../gateway/served-model.ts';
import type { Project } from '../project/project.ts';

/** What is live is asked for again after this time. */
const LIVE_FOR_MS = 1000;
const VERSIONED = /^(.+)@([1-9]\d{0,8})$/;

interface Live {
  version: number | null;
  askedAt: number;
}

/** A project's own models, loaded when first asked; the live one of a task follows promotions. */
export class ProjectModels {
  readonly #project: Project;
  readonly #live = new Map<string, Live>();
  /** What answered last under a task's bare name, a key of `#loaded`. */
  readonly #followed = new Map<string, string>();
  /** By `<task>@<version>`; each entry owns its model. */
  readonly #loaded = new Map<string, Promise<ServedModel>>();

  constructor(project: Project) {
    this.#project = project;
  }

  /** The model of this name, retained for the caller, who must release it. Throws `NoSuchModelError`, `registry/…`, `model/…`. */
  async acquire(modelId: string): Promise<ServedModel> {
    const { name, version } = this.#named(modelId);
    const wanted = version ?? (await this.#liveVersion(name, modelId));
    const key = `${name}@${wanted}`;
    let loading = this.#loaded.get(key);
    if (loading === undefined) {
      loading = this.#load(name, wanted);
      this.#loaded.set(key, loading);
      loading.catch(() => this.#loaded.delete(key));
    }
    const model = (await loading).retain();
    if (version === null) this.#follow(name, key);
    return model;
  }

  async close(): Promise<void> {
    const all = [...this.#loaded.values()];
    this.#loaded.clear();
    await Promise.allSettled(all.map(async (loading) => (await loading).release()));
  }

  #named(modelId: string): { name: string; version: number | null } {
    const bare = modelId.replace(/^task:/, '');
    const [, base, version] = VERSIONED.exec(bare) ?? [];
    const name = base ?? bare;
    const { tasks } = this.#project;
    if (tasks.some((task) => task.name === name))
      return { name, version: version === undefined ? null : Number(version) };
    const known = tasks.map((task) => `task:${task.name}`).join(', ') || 'none';
    const message = `There is no model ${JSON.stringify(modelId)} in this project. Its tasks: ${known}.`;
    throw new NoSuchModelError({ modelId, modelType: 'languageModel', message });
  }

  async #liveVersion(name: string, modelId: string): Promise<number> {
    const now = performance.now();
    let live = this.#live.get(name);
    if (live === undefined || now - live.askedAt > LIVE_FOR_MS) {
      live = { version: await this.#project.models.live(name), askedAt: now };
      this.#live.set(name, live);
    }
    if (live.version !== null) return live.version;
    const message = `No model is live for the task "${name}". Run \`homegrown climb ${name}\`, or name a version: "${name}@1".`;
    throw new NoSuchModelError({ modelId, modelType: 'languageModel', message });
  }

  async #load(name: string, version: number): Promise<ServedModel> {
    const task = this.#project.task(name);
    return new ServedModel(task, version, await this.#project.predictor(name, version));
  }

  /** A model that another took over from is closed when its last answer is given. */
  #follow(name: string, key: string): void {
    const before = this.#followed.get(name) ?? key;
    this.#followed.set(name, key);
    if (before === key) return;
    const loading = this.#loaded.get(before);
    this.#loaded.delete(before);
    if (loading !== undefined) letGoOfLoading(loading);
  }
}
