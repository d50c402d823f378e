import { readPlainAnswer } from '../../protocol/plain-answer.ts';
import type { WireExchange, WireFailure, WireHandler } from '../../upstream/wire-upstream.ts';
import { AttemptClock } from './attempt-clock.ts';
import type { AttemptResult } from './attempt-result.ts';
import { PlainBody } from './plain-body.ts';
import { upstreamFailure } from './target-failure.ts';
import { typedAs } from './typed-as.ts';
import type { UpstreamAttempt } from './upstream-attempt.ts';

/** An answer that is read whole and looked over before a byte of it goes to the client. */
export class PlainAttempt implements WireHandler {
  readonly #attempt: UpstreamAttempt;
  readonly #resolve: (result: AttemptResult) => void;
  readonly #clock: AttemptClock;
  readonly #body: PlainBody;
  #exchange: WireExchange | null = null;
  #head: { status: number; headers: Readonly<Record<string, string | string[]>> } | null = null;
  #isOver = false;

  constructor(attempt: UpstreamAttempt, resolve: (result: AttemptResult) => void) {
    this.#attempt = attempt;
    this.#resolve = resolve;
    this.#body = new PlainBody(attempt.serving.maxAnswerBytes);
    this.#clock = new AttemptClock(attempt.serving, {
      isStream: false,
      onExpire: (code) => this.#fail({ code, message: 'the time was up' }),
    });
  }

  begin(send: (handler: WireHandler) => WireExchange): void {
    this.#attempt.call.onLeave(() => this.#leave());
    this.#exchange = send(this);
  }

  onHead(status: number, headers: Readonly<Record<string, string | string[]>>): void {
    this.#head = { status, headers };
    this.#clock.part();
  }

  onData(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#clock.part();
    if (!this.#body.add(bytes)) this.#fail({ code: 'too-large', message: 'the answer is too large' });
  }

  onEnd(): void {
    if (this.#isOver) return;
    const answer = { ...this.#head!, body: this.#body.bytes() };
    if (answer.status < 200 || answer.status >= 300)
      return this.#end({ kind: 'failed', failure: this.#attempt.failureOfPlain(answer, 'malformed') });
    const read = readPlainAnswer(this.#attempt.call.endpoint, answer.body);
    if (read.kind === 'good') {
      const { tokens, responseId } = read;
      const headers = typedAs(answer.headers, 'application/json');
      this.#end({ kind: 'whole', answer: { ...answer, headers }, tokens, responseId });
    } else {
      this.#end({ kind: 'failed', failure: this.#attempt.failureOfPlain(answer, 'malformed') });
    }
  }

  onFailure(failure: WireFailure): void {
    this.#fail(failure);
  }

  #fail(failure: WireFailure): void {
    if (this.#isOver) return;
    this.#exchange?.abort();
    const status = this.#head?.status ?? null;
    this.#end({ kind: 'failed', failure: upstreamFailure(this.#attempt.upstream, failure, { status }) });
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#exchange?.abort();
    const status = this.#head?.status ?? null;
    this.#end({ kind: 'left', status, firstContentMs: null, bytes: null, tokens: null, responseId: null });
  }

  #end(result: AttemptResult): void {
    this.#isOver = true;
    this.#clock.stop();
    this.#attempt.call.onLeave(null);
    this.#resolve(result);
  }
}
