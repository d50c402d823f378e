import { Worker } from 'node:worker_threads';
import { messageOf } from '../../errors/homegrown-error.ts';
import type { CandidateWatch } from '../../gateway/deployment/served-promotions.ts';
import type { DeploymentStatus } from '../../schema/deployment-status.ts';
import type { WatchNews } from './watch-loop.ts';
import type { WatchSetup } from './watch-worker.ts';

export interface PromotionWatchOptions extends WatchSetup {
  tell(news: Exclude<WatchNews, { kind: 'status' }>): void;
}

/** What is older may not be true any more. */
const FRESH_MS = 3000;
const RESTART_MS = 5000;
const LONGEST_STOP_MS = 5000;

/**
 * Looks at gates in a thread of its own, with a connection to the store of its own: counting a canary's calls must not hold up
 * anybody's answer. The thread is there only while some task has a canary or a shadow.
 */
export class PromotionWatch implements CandidateWatch {
  readonly #options: PromotionWatchOptions;
  readonly #latest = new Map<string, { status: DeploymentStatus; at: number }>();
  #worker: Worker | null = null;
  #isWanted = false;
  #restart: NodeJS.Timeout | undefined;
  /** Threads on their way to their end. */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: PromotionWatchOptions) {
    this.#options = options;
  }

  /** Whether there is anything to watch. */
  follow(hasCandidates: boolean): void {
    if (hasCandidates === this.#isWanted) return;
    this.#isWanted = hasCandidates;
    if (hasCandidates) this.#start();
    else this.#stop();
  }

  /** What was found last about a task, unless that was long ago. */
  latest(task: string): DeploymentStatus | null {
    const found = this.#latest.get(task);
    return found === undefined || performance.now() - found.at > FRESH_MS ? null : found.status;
  }

  async close(): Promise<void> {
    this.#isWanted = false;
    this.#stop();
    await Promise.all(this.#ending);
  }

  #start(): void {
    const { tell, ...setup } = this.#options;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./watch-worker.${extension}`, import.meta.url), { workerData: setup });
    this.#worker = worker;
    worker.unref();
    worker.on('message', (news: WatchNews) => {
      if (news.kind !== 'status') return tell(news);
      this.#latest.set(news.status.task, { status: news.status, at: performance.now() });
    });
    worker.on('error', (error) => {
      const message = `the watch of canaries stopped and is started again: ${messageOf(error)}`;
      tell({ kind: 'problem', task: '', message });
    });
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      if (!this.#isWanted) return;
      this.#restart = setTimeout(() => {
        if (this.#isWanted && this.#worker === null) this.#start();
      }, RESTART_MS).unref();
    });
  }

  #stop(): void {
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === null) return;
    this.#worker = null;
    const ending = endOf(worker).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

/** Lets a thread finish what it is at, and ends it when that takes too long. */
async function endOf(worker: Worker): Promise<void> {
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.ref();
  worker.postMessage('stop');
  const timer = setTimeout(() => void worker.terminate(), LONGEST_STOP_MS);
  await ended;
  clearTimeout(timer);
}
