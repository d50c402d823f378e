import { messageOf } from '../../errors/homegrown-error.ts';
import type { AllowanceStore } from '../../store/store.ts';
import type { LoadedCandidate, ModelPool } from '../model-pool.ts';
import type { ServedModel } from '../served-model.ts';
import { answerCopy, type ShadowAnswerOptions } from './shadow-answer.ts';
import { ShadowBudget } from './shadow-budget.ts';
import type { ShadowCopy } from './shadow-copy.ts';

export interface ShadowRunnerOptions extends ShadowAnswerOptions {
  readonly pool: ModelPool;
  /** Where spending is counted. */
  readonly allowances: Pick<AllowanceStore, 'take' | 'giveBack'>;
}

/** Copies that wait; more are left out and counted. */
const MOST_WAITING = 200;
const MOST_WAITING_BYTES = 32 * 1024 ** 2;
/** Copies that are answered at once: the callers come first. */
const AT_ONCE = 2;

/** Gives shadows their copies of calls after those were answered. Never in a caller's path. */
export class ShadowRunner {
  readonly #options: ShadowRunnerOptions;
  readonly #waiting: ShadowCopy[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #told = new Set<string>();
  /** Of the shadow that was asked last, by its deployment. */
  readonly #budgets = new WeakMap<LoadedCandidate, ShadowBudget>();
  #waitingBytes = 0;
  #leftOut = 0;
  #isClosed = false;

  constructor(options: ShadowRunnerOptions) {
    this.#options = options;
  }

  /** Copies that were left out because too many waited. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Takes a copy, whose buffers nobody else may change. */
  offer(copy: ShadowCopy): void {
    const bytes = bytesOf(copy);
    const isFull = this.#waiting.length >= MOST_WAITING || this.#waitingBytes + bytes > MOST_WAITING_BYTES;
    if (isFull || this.#isClosed) {
      this.#leftOut++;
      return;
    }
    this.#waiting.push(copy);
    this.#waitingBytes += bytes;
    // Not now: the caller's answer goes out first.
    setImmediate(() => this.#work());
  }

  /** Ends what is under way; what waits is left out. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#leftOut += this.#waiting.length;
    this.#waiting.length = 0;
    await Promise.all(this.#running);
  }

  #work(): void {
    while (this.#running.size < AT_ONCE) {
      const copy = this.#waiting.shift();
      if (copy === undefined) return;
      this.#waitingBytes -= bytesOf(copy);
      const running: Promise<void> = this.#answer(copy)
        .catch((error: unknown) =>
          this.#tell(`a shadow's answer could not be kept: ${messageOf(error)}`, error),
        )
        .finally(() => {
          this.#running.delete(running);
          this.#work();
        });
      this.#running.add(running);
    }
  }

  async #answer(copy: ShadowCopy): Promise<void> {
    const { pool } = this.#options;
    const { task, version } = copy;
    const shadow = pool.candidate(task, 'shadow');
    if (shadow?.version !== version) return;
    const model = pool.acquireLoaded(task, version);
    if (model === null) return;
    try {
      await this.#answerWithin(this.#budgetOf(task, shadow, model), copy, model);
    } finally {
      await model.release();
    }
  }

  async #answerWithin(budget: ShadowBudget | null, copy: ShadowCopy, model: ServedModel): Promise<void> {
    const reserved = budget === null ? 0 : await budget.reserve();
    if (reserved === null) {
      this.#tell(`${model.name} has spent what it may as a shadow and gets no more copies`);
      return;
    }
    const costUsd = await answerCopy(copy, model, this.#options);
    if (budget === null) return;
    if (costUsd !== null) await budget.settle(reserved, costUsd);
    else
      this.#tell(`what ${model.name} costs is unknown: each copy counts as a hundredth of its spend limit`);
  }

  /** Models that ask nobody else spend no money, so a spend limit is not for them. */
  #budgetOf(task: string, shadow: LoadedCandidate, model: ServedModel): ShadowBudget | null {
    if (shadow.maxUsd === null || !model.isSlow) return null;
    const known = this.#budgets.get(shadow);
    if (known !== undefined) return known;
    const { maxUsd } = shadow;
    const budget = new ShadowBudget(this.#options.allowances, { task, shadow, maxUsd });
    this.#budgets.set(shadow, budget);
    return budget;
  }

  #tell(message: string, cause?: unknown): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#options.log({ level: 'warning', event: 'shadow-failed', message, cause });
  }
}

function bytesOf({ body, answer }: ShadowCopy): number {
  return body.length + answer.length;
}
