import type { WireExchange, WireFailure, WireHandler, WireRequest } from '../wire-upstream.ts';
import { outcomeOf, type SaidError } from './model-failure.ts';

/** One call of a model under way: holds back while paused, goes silent when aborted, tells the handler each thing once. */
export class ModelExchange implements WireExchange {
  readonly #handler: WireHandler;
  readonly #errorEvent: ErrorEvent;
  readonly #controller = new AbortController();
  #resumed: PromiseWithResolvers<void> | undefined;
  #hasHead = false;
  #isOver = false;

  constructor(handler: WireHandler, errorEvent: ErrorEvent) {
    this.#handler = handler;
    this.#errorEvent = errorEvent;
  }

  /** Ends when the client gives up. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get hasHead(): boolean {
    return this.#hasHead;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  pause(): void {
    this.#resumed ??= Promise.withResolvers();
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  abort(): void {
    this.#isOver = true;
    this.#controller.abort();
    this.resume();
  }

  /** Waits while paused. */
  async ready(): Promise<void> {
    while (this.#resumed !== undefined) await this.#resumed.promise;
  }

  head(status: number, headers: Readonly<Record<string, string | string[]>>): void {
    if (this.#isOver || this.#hasHead) return;
    this.#hasHead = true;
    this.#handler.onHead(status, headers);
  }

  data(text: string): void {
    if (!this.#isOver && text !== '') this.#handler.onData(Buffer.from(text));
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.onEnd();
  }

  /**
   * An error with a status is the answer, as long as nothing was sent. One that came without, or too late for a status, is an
   * event of the stream, and everything else a failure.
   */
  fail(thrown: unknown): void {
    if (this.#isOver) return;
    const outcome = outcomeOf(thrown);
    if ('said' in outcome) this.#say(outcome.said);
    else this.#break(outcome.failure);
    this.#controller.abort();
  }

  #say({ status, headers, error }: SaidError): void {
    if (this.#hasHead || (status === null && this.#errorEvent !== null)) {
      if (this.#errorEvent === null)
        return this.#break({ code: 'error-part', message: String(error['message']) });
      this.head(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      this.data(this.#errorEvent(error));
    } else {
      this.head(status ?? 502, { ...headers, 'content-type': 'application/json' });
      this.data(JSON.stringify({ error }));
    }
    this.end();
  }

  #break(failure: WireFailure): void {
    this.#isOver = true;
    const isCut = this.#hasHead && failure.code === 'reset';
    this.#handler.onFailure(isCut ? { ...failure, message: failure.message, code: 'cut' } : failure);
  }
}

/** How an error is said in the middle of a stream of this endpoint; null: it has no streams. */
export type ErrorEvent = ((error: Record<string, unknown>) => string) | null;

/** What official clients throw at. */
export function errorEventOf({ endpoint, stream }: Pick<WireRequest, 'endpoint' | 'stream'>): ErrorEvent {
  if (!stream) return null;
  if (endpoint !== 'responses') return (error) => `data: ${JSON.stringify({ error })}\n\n`;
  return (error) => {
    const { message, param, code } = error;
    return `event: error\ndata: ${JSON.stringify({ type: 'error', code, message, param, error })}\n\n`;
  };
}
