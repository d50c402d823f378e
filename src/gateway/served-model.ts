import { HomegrownError } from '../errors/homegrown-error.ts';
import { batchingPredictor } from '../predictor/batching-predictor.ts';
import type { Predictor } from '../predictor/predictor.ts';
import type { Task } from '../task/task.ts';

/** A loaded model that several owners share; it is closed when the last one lets go of it. */
export class ServedModel {
  readonly task: Task;
  readonly version: number;
  readonly predictor: Predictor;
  /** Whether an answer may take seconds, so that a client who leaves is worth noticing. */
  readonly isSlow: boolean;
  #owners = 1;

  /** The caller is its first owner. */
  constructor(task: Task, version: number, predictor: Predictor) {
    this.task = task;
    this.version = version;
    this.isSlow = predictor.manifest.upstreams.length > 0;
    this.predictor = this.isSlow ? predictor : batchingPredictor(predictor);
  }

  /** `<model>@<version>`. */
  get name(): string {
    return `${this.task.name}@${this.version}`;
  }

  retain(): this {
    if (this.#owners === 0)
      throw new HomegrownError({ code: 'gateway/closed-model', message: `${this.name} is closed` });
    this.#owners++;
    return this;
  }

  /** Closes the model when nobody is left; resolves when that is done. */
  async release(): Promise<void> {
    this.#owners--;
    if (this.#owners === 0) await this.predictor.close();
  }
}

/** Not awaited: lets go of a model that may still be loading. That it cannot be loaded is told to those who asked for it. */
export function letGoOfLoading(loading: Promise<ServedModel>): void {
  void loading.then(
    (model) => model.release(),
    () => undefined,
  );
}
