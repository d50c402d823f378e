import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import type { StepTaken } from '../../registry/promotion-step.ts';
import type { DeploymentStatus } from '../../schema/deployment-status.ts';
import type { Promotions } from '../../registry/promotions.ts';

/** What the watch tells. */
export type WatchNews =
  | { readonly kind: 'step'; readonly step: StepTaken }
  | { readonly kind: 'status'; readonly status: DeploymentStatus }
  /** The gates of a task cannot be looked at; null: they can again. */
  | { readonly kind: 'problem'; readonly task: string; readonly message: string | null };

export interface WatchLoopOptions {
  readonly promotions: Pick<Promotions, 'status' | 'check'>;
  readonly tasks: readonly string[];
  /** Pause between two looks, milliseconds. */
  readonly everyMs: number;
  tell(news: WatchNews): void;
}

/** A look at a million calls takes longer than one at a thousand: the watch never takes more than this share of a core. */
const MOST_SHARE = 0.2;
const LONGEST_PAUSE_MS = 60_000;

/** Looks at the gates of all tasks again and again, and takes the steps that they ask for. */
export class WatchLoop {
  readonly #options: WatchLoopOptions;
  readonly #problems = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: WatchLoopOptions) {
    this.#options = options;
    this.#looking = this.#look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { tasks, everyMs } = this.#options;
    const startedAt = performance.now();
    for (const task of tasks) {
      if (this.#isStopped) return;
      await this.#check(task);
    }
    const took = performance.now() - startedAt;
    const pause = Math.min(LONGEST_PAUSE_MS, Math.max(everyMs, took / MOST_SHARE - took));
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, pause);
  }

  async #check(task: string): Promise<void> {
    const { promotions, tell } = this.#options;
    try {
      const status = await promotions.status(task);
      tell({ kind: 'status', status });
      const step = await promotions.check(status);
      if (step !== null) tell({ kind: 'step', step });
      this.#noteProblem(task, null);
    } catch (error) {
      this.#noteProblem(task, isLateness(error) ? null : messageOf(error));
    }
  }

  #noteProblem(task: string, message: string | null): void {
    if ((this.#problems.get(task) ?? null) === message) return;
    if (message === null) this.#problems.delete(task);
    else this.#problems.set(task, message);
    this.#options.tell({ kind: 'problem', task, message });
  }
}

/** Another server took the same step first. */
function isLateness(error: unknown): boolean {
  return (
    error instanceof HomegrownError &&
    ['store/conflict', 'registry/not-deployed', 'registry/state-taken'].includes(error.code)
  );
}
