import type { WireExchange, WireFailure, WireHandler } from '../wire-upstream.ts';
import { outcomeOf } from './model-failure.ts';

/** One call of a model under way: holds back while paused, goes silent when aborted, tells the handler each thing once. */
export class ModelExchange implements WireExchange {
  readonly #handler: WireHandler;
  readonly #controller = new AbortController();
  #resumed: PromiseWithResolvers<void> | undefined;
  #hasHead = false;
  #isOver = false;

  constructor(handler: WireHandler) {
    this.#handler = handler;
  }

  /** Ends when the client gives up. */
  get signal(): AbortSignal {
    return this.#controller.signal;
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

  /** Answers with the provider's error as long as nothing was sent; afterwards it is a failure. */
  fail(thrown: unknown): void {
    if (this.#isOver) return;
    const outcome = outcomeOf(thrown);
    if ('answer' in outcome && !this.#hasHead) {
      const { status, headers, body } = outcome.answer;
      this.head(status, headers);
      this.data(body);
      return this.end();
    }
    this.#isOver = true;
    this.#controller.abort();
    this.#handler.onFailure(
      'failure' in outcome ? outcome.failure : failureAfterHead(outcome.answer.body, thrown),
    );
  }
}

function failureAfterHead(body: string, cause: unknown): WireFailure {
  const { error } = JSON.parse(body) as { error: { message: string } };
  return { code: 'model-error', message: error.message, cause };
}
