import { HomegrownApiError } from './client-errors.ts';
import type { Feedback } from './client-types.ts';
import type { ServerConnection } from './server-connection.ts';
import { MOST_AT_ONCE, sendFeedback, told, type ToldFeedback } from './told-feedback.ts';

export interface FeedbackBatchOptions {
  /** Milliseconds after which what was added is sent. Default 1000. */
  everyMs?: number | undefined;
  /** Entries that are sent at once without waiting. Default 100. */
  atOnce?: number | undefined;
  /** Entries that are kept while the server does not answer; the oldest go first. Default 10,000. */
  mostWaiting?: number | undefined;
  /** Is told of entries that are given up: refused by the server, or too many. Default: nobody is. */
  onLost?: ((error: Error, lost: readonly Feedback[]) => void) | undefined;
}

/** Gathers feedback and sends it in lists, so that telling costs the product no waiting. */
export class FeedbackBatch {
  readonly #connection: ServerConnection;
  readonly #everyMs: number;
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #onLost: (error: Error, lost: readonly Feedback[]) => void;
  #waiting: ToldFeedback[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #sending: Promise<void> | null = null;

  constructor(connection: ServerConnection, options: FeedbackBatchOptions = {}) {
    this.#connection = connection;
    this.#everyMs = options.everyMs ?? 1000;
    this.#atOnce = options.atOnce ?? 100;
    this.#mostWaiting = options.mostWaiting ?? 10_000;
    this.#onLost = options.onLost ?? (() => undefined);
  }

  /** Entries that are not sent yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes an entry; it is sent soon. */
  add(feedback: Feedback): void {
    this.#waiting.push(told(feedback));
    this.#limit();
    if (this.#waiting.length >= this.#atOnce) this.#sendInBackground();
    else this.#sendLater();
  }

  /** Sends everything now. Throws when something was refused, which is lost, or cannot be sent, which is kept and tried again. */
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

  #sendLater(): void {
    this.#timer ??= setTimeout(() => this.#sendInBackground(), this.#everyMs);
  }

  /** What failed, and what was added meanwhile, gets its turn after this one. */
  #sendInBackground(): void {
    this.#timer = null;
    if (this.#sending !== null) return;
    void this.flush()
      .catch(() => undefined)
      .then(() => this.#waiting.length > 0 && this.#sendLater());
  }

  /** What a server refuses it refuses again: such entries are lost, and the others sent without them. */
  async #send(): Promise<void> {
    let batch = this.#waiting;
    this.#waiting = [];
    let refusal: Error | null = null;
    let most = MOST_AT_ONCE;
    while (batch.length > 0) {
      const entries = batch.slice(0, most);
      try {
        await sendFeedback(this.#connection, entries);
        batch = batch.slice(most);
      } catch (error) {
        if (isTooLarge(error) && entries.length > 1) {
          most = Math.ceil(entries.length / 2);
          continue;
        }
        if (!isRefusal(error)) {
          this.#keep(batch);
          throw error;
        }
        refusal ??= error;
        const lost = refusedOf(entries, error);
        batch = batch.filter((entry) => !lost.has(entry));
        this.#onLost(error, [...lost]);
      }
    }
    if (refusal !== null) throw refusal;
  }

  #keep(batch: readonly ToldFeedback[]): void {
    this.#waiting = [...batch, ...this.#waiting];
    this.#limit();
  }

  #limit(): void {
    const tooMany = this.#waiting.length - this.#mostWaiting;
    if (tooMany <= 0) return;
    const error = new Error(`more than ${this.#mostWaiting} entries of feedback wait`);
    this.#onLost(error, this.#waiting.splice(0, tooMany));
  }
}

/** The request, not an entry of it, so that fewer at once may do. */
function isTooLarge(error: unknown): boolean {
  return error instanceof HomegrownApiError && error.status === 413;
}

function isRefusal(error: unknown): error is HomegrownApiError {
  return error instanceof HomegrownApiError && !error.isRetryable;
}

/** The entries that the server named; all of them when it named none. */
function refusedOf(entries: readonly ToldFeedback[], { problems }: HomegrownApiError): Set<ToldFeedback> {
  const named = new Set(problems.map(({ index }) => index));
  const refused = entries.filter((_, index) => named.has(index));
  return new Set(refused.length === 0 ? entries : refused);
}
