import { HomegrownApiError } from './client-errors.ts';
import type { Feedback } from './client-types.ts';
import type { ServerConnection } from './server-connection.ts';
import { sendFeedback, told, type ToldFeedback } from './told-feedback.ts';

export interface FeedbackBatchOptions {
  /** Milliseconds after which what was added is sent. Default 1000. */
  everyMs?: number;
  /** Entries that are sent at once without waiting. Default 100. */
  atOnce?: number;
  /** Entries that are kept while the server does not answer; the oldest go first. Default 10,000. */
  mostWaiting?: number;
  /** Is told of entries that are given up: refused by the server, or too many. Default: nobody is. */
  onLost?: (error: Error, lost: readonly Feedback[]) => void;
}

/** Gathers feedback and sends it in lists, so that telling costs the product no waiting. */
export class FeedbackBatch {
  readonly #connection: ServerConnection;
  readonly #options: Required<FeedbackBatchOptions>;
  #waiting: ToldFeedback[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #sending: Promise<void> | null = null;

  constructor(connection: ServerConnection, options: FeedbackBatchOptions = {}) {
    this.#connection = connection;
    this.#options = { everyMs: 1000, atOnce: 100, mostWaiting: 10_000, onLost: () => undefined, ...options };
  }

  /** Entries that are not sent yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes an entry; it is sent soon. */
  add(feedback: Feedback): void {
    this.#waiting.push(told(feedback));
    this.#limit();
    if (this.#waiting.length >= this.#options.atOnce) this.#sendInBackground();
    else this.#timer ??= setTimeout(() => this.#sendInBackground(), this.#options.everyMs);
  }

  /** Sends everything now. Throws when it cannot be sent; it is kept then and tried again. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#sending?.catch(() => undefined);
    if (this.#waiting.length === 0) return;
    this.#sending = this.#send();
    try {
      await this.#sending;
    } finally {
      this.#sending = null;
    }
  }

  /** Sends everything a last time. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      if (this.#timer !== null) clearTimeout(this.#timer);
    }
  }

  #sendInBackground(): void {
    this.#timer = null;
    if (this.#sending !== null) return;
    this.flush().catch(() => {
      this.#timer ??= setTimeout(() => this.#sendInBackground(), this.#options.everyMs);
    });
  }

  async #send(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await sendFeedback(this.#connection, batch);
    } catch (error) {
      const kept = this.#keptAfter(error, batch);
      this.#waiting = [...kept, ...this.#waiting];
      this.#limit();
      throw error;
    }
  }

  /** What a server refuses it refuses again: such entries are lost, the others are kept. */
  #keptAfter(error: unknown, batch: readonly ToldFeedback[]): readonly ToldFeedback[] {
    if (!(error instanceof HomegrownApiError) || error.isRetryable) return batch;
    const refused = new Set(error.problems.map(({ index }) => index));
    const isLost = (index: number): boolean => refused.size === 0 || refused.has(index);
    this.#options.onLost(
      error,
      batch.filter((_, index) => isLost(index)),
    );
    return batch.filter((_, index) => !isLost(index));
  }

  #limit(): void {
    const { mostWaiting, onLost } = this.#options;
    const tooMany = this.#waiting.length - mostWaiting;
    if (tooMany <= 0) return;
    onLost(new Error(`more than ${mostWaiting} entries of feedback wait`), this.#waiting.splice(0, tooMany));
  }
}
