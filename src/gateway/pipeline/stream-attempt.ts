import { asBuffer } from '../../protocol/json-spans.ts';
import { EventSplitter } from '../../protocol/server-sent-events.ts';
import { withoutNullUsage } from '../../protocol/strip-usage.ts';
import type { StreamReader } from '../../protocol/stream-reader.ts';
import type { WireExchange, WireFailure, WireHandler } from '../../upstream/wire-upstream.ts';
import { AttemptClock } from './attempt-clock.ts';
import type { AttemptResult, CutAnswer, TargetFailure } from './attempt-result.ts';
import { ClientStream } from './client-stream.ts';
import { errorEvent } from './error-event.ts';
import { PlainBody } from './plain-body.ts';
import type { UpstreamAttempt } from './upstream-attempt.ts';
import { clientCode, clientWords, upstreamFailure } from './target-failure.ts';

/** After an answer's own end its connection gets this long to end too, so that it can be used again. */
const AFTER_END_MS = 1000;

/**
 * A stream on its way from an upstream to the client. It is held until its first content, so that whatever fails before can be tried
 * again or gets its true status; afterwards events pass as they come, whole and unchanged, and a failure ends in an error event.
 */
export class StreamAttempt implements WireHandler {
  readonly #attempt: UpstreamAttempt;
  readonly #reader: StreamReader;
  readonly #client: ClientStream;
  readonly #splitter = new EventSplitter();
  readonly #clock: AttemptClock;
  readonly #resolve: (result: AttemptResult) => void;
  #exchange: WireExchange | null = null;
  /** Set when the answer is no stream: it is read whole. */
  #plain: PlainBody | null = null;
  #head: { status: number; headers: Readonly<Record<string, string | string[]>> } | null = null;
  #firstContentMs: number | null = null;
  /** The answer's own end was seen: what follows is passed on, but nothing is expected. */
  #hasEnded = false;
  #endTimer: NodeJS.Timeout | null = null;
  #receivedBytes = 0;
  #isOver = false;

  constructor(attempt: UpstreamAttempt, reader: StreamReader, resolve: (result: AttemptResult) => void) {
    this.#attempt = attempt;
    this.#reader = reader;
    this.#resolve = resolve;
    const { call, keeps } = attempt;
    this.#client = new ClientStream(call, {
      keeps,
      onFull: () => {
        this.#clock.pause();
        this.#exchange?.pause();
      },
      onDrain: () => {
        this.#clock.resume();
        this.#exchange?.resume();
      },
    });
    this.#clock = new AttemptClock(attempt.serving, {
      isStream: true,
      onExpire: (code) => this.#fail({ code, message: 'the time was up' }),
    });
  }

  begin(send: (handler: WireHandler) => WireExchange): void {
    this.#attempt.call.onLeave(() => this.#leave());
    this.#exchange = send(this);
  }

  onHead(status: number, headers: Readonly<Record<string, string | string[]>>): void {
    this.#head = { status, headers };
    const type = headers['content-type'];
    const isJson = typeof type === 'string' && /^application\/json\b/i.test(type);
    if (status >= 200 && status < 300 && !isJson) return;
    this.#plain = new PlainBody(this.#attempt.serving.maxAnswerBytes);
  }

  onData(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#clock.part();
    if (this.#plain !== null) {
      if (!this.#plain.add(bytes)) this.#fail({ code: 'too-large', message: 'the answer is too large' });
      return;
    }
    this.#receivedBytes += bytes.length;
    if (this.#receivedBytes > this.#attempt.serving.maxAnswerBytes)
      return this.#fail({ code: 'too-large', message: 'the stream is too large' });
    const { isOpen } = this.#client;
    if (isOpen && !this.#hasEnded && this.#splitter.isBetween && this.#reader.isUsual(asBuffer(bytes)))
      this.#pass(asBuffer(bytes));
    else this.#splitter.push(bytes, this.#take);
    if (this.#isOver) return;
    this.#client.flushSoon();
  }

  onEnd(): void {
    if (this.#isOver) return;
    if (this.#plain !== null) return this.#failPlain(this.#plain);
    const rest = this.#splitter.rest();
    if (rest.length > 0) this.#takeRest(rest);
    if (this.#isOver) return;
    if (this.#hasEnded || (this.#reader.isFinished && this.#client.isOpen)) return this.#finish(null);
    this.#fail({ code: 'ended-early', message: 'the stream ended before the answer was finished' });
  }

  onFailure(failure: WireFailure): void {
    if (this.#isOver) return;
    if (this.#hasEnded) return this.#finish(null);
    this.#fail(failure);
  }

  /** One whole event. */
  readonly #take = (bytes: Buffer): void => {
    if (this.#isOver) return;
    if (this.#hasEnded) return this.#client.add(bytes);
    const part = this.#reader.read(bytes);
    switch (part) {
      case 'content':
      case 'finish':
        this.#open();
        return this.#pass(bytes);
      case 'usage':
        if (!this.#attempt.addedUsage) this.#client.add(bytes);
        return;
      case 'done':
        return this.#end(bytes);
      case 'error':
        return this.#takeError(bytes);
      case 'malformed':
        return this.#fail({ code: 'malformed', message: 'a part of the stream is malformed' });
      case 'preamble':
        return this.#pass(bytes);
      case 'comment':
        return this.#client.add(bytes);
      default:
        part satisfies never;
    }
  };

  /** A part as the client would have got it from the provider without our wish for the usage. */
  #pass(bytes: Buffer): void {
    const isMarked = this.#attempt.addedUsage && this.#reader.hasNullUsage;
    this.#client.add(isMarked ? withoutNullUsage(bytes) : bytes);
  }

  /** Bytes that no blank line ended: clients do not read them as an event, so they end nothing but what has ended. */
  #takeRest(rest: Buffer): void {
    if (!this.#hasEnded && this.#reader.isFinished && this.#reader.read(rest) === 'error')
      return this.#fail({ code: 'error-part', message: 'the stream ended in an error' });
    if (this.#hasEnded || this.#reader.isFinished) this.#client.add(rest);
  }

  #open(): void {
    if (this.#client.isOpen) return;
    this.#firstContentMs = this.#attempt.call.elapsedMs;
    this.#clock.content();
    const { status, headers } = this.#head!;
    this.#client.open(status, this.#attempt.clientHeaders(headers));
  }

  /** `[DONE]`, or what stands for it. In `sync` it waits until the call is kept. */
  #end(bytes: Buffer): void {
    if (!this.#reader.isFinished)
      return this.#fail({ code: 'no-finish-reason', message: '[DONE] came without a finish_reason' });
    this.#open();
    this.#hasEnded = true;
    this.#clock.stop();
    if (this.#attempt.holdsEnd) this.#client.hold();
    this.#client.add(bytes);
    this.#endTimer = setTimeout(() => {
      this.#exchange?.abort();
      this.#finish(null);
    }, AFTER_END_MS);
  }

  #takeError(bytes: Buffer): void {
    const { error, errorIsPlain } = this.#reader;
    const message = error?.message ?? error?.code ?? 'without words';
    if (!this.#client.isOpen || !errorIsPlain) return this.#fail({ code: 'error-part', message });
    this.#client.add(bytes);
    this.#exchange?.abort();
    this.#finish({ code: error?.code ?? clientCode('error-part'), message });
  }

  #failPlain(plain: PlainBody): void {
    const { status, headers } = this.#head!;
    const answer = { status, headers, body: plain.bytes() };
    this.#close();
    this.#resolve({ kind: 'failed', failure: this.#attempt.failureOfPlain(answer, 'not-a-stream') });
  }

  #fail(failure: WireFailure): void {
    this.#exchange?.abort();
    const { upstream } = this.#attempt;
    if (!this.#client.isOpen) {
      this.#close();
      this.#resolve({ kind: 'failed', failure: this.#failureBeforeContent(failure) });
      return;
    }
    const error = failure.code === 'error-part' ? this.#reader.error : null;
    const cut: CutAnswer = {
      code: error?.code ?? clientCode(failure.code),
      message: clientWords(upstream, failure.code, error),
    };
    this.#client.add(asBuffer(errorEvent(this.#attempt.call.endpoint, cut, error?.type ?? null)));
    this.#finish(cut);
  }

  #failureBeforeContent(failure: WireFailure): TargetFailure {
    const { error } = this.#reader;
    if (failure.code === 'error-part' && error !== null)
      return this.#attempt.failureOfError(error, this.#head!);
    return upstreamFailure(this.#attempt.upstream, failure, { status: this.#head?.status ?? null });
  }

  #finish(cut: CutAnswer | null): void {
    this.#close();
    const { tokens, responseId } = this.#reader;
    const tail = this.#client.takeTail();
    this.#resolve({
      kind: 'streamed',
      status: this.#head!.status,
      tail,
      cut,
      tokens,
      responseId,
      firstContentMs: this.#firstContentMs!,
      bytes: this.#client.bytes,
    });
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#exchange?.abort();
    this.#close();
    const { tokens, responseId } = this.#reader;
    const isOpen = this.#client.isOpen;
    this.#resolve({
      kind: 'left',
      status: this.#head?.status ?? null,
      firstContentMs: this.#firstContentMs,
      tokens,
      responseId,
      bytes: isOpen ? this.#client.bytes : null,
    });
  }

  #close(): void {
    this.#isOver = true;
    this.#clock.stop();
    if (this.#endTimer !== null) clearTimeout(this.#endTimer);
    this.#attempt.call.onLeave(null);
    this.#client.stop();
  }
}
