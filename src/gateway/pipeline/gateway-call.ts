import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Attempt, Endpoint } from '../../schema/inference.ts';
import { inferenceId } from '../inference-id.ts';
import { requestIdOf } from '../request-id.ts';

export interface GatewayCallOptions {
  endpoint: Endpoint;
  /** The query of its address with its `?`, or nothing. */
  search: string;
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  /** Whether the server is ending and wants its connections back. */
  isStopping(): boolean;
}

/** One call of a client on its way, over Node's own request and response. */
export class GatewayCall {
  readonly id: string;
  readonly requestId: string;
  readonly endpoint: Endpoint;
  readonly search: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** `Date.now()` of its arrival. */
  readonly atMs: number;
  /** `performance.now()` of its arrival. */
  readonly startedAt: number;
  readonly attempts: Attempt[] = [];
  /** The client closed its connection before it was answered. */
  hasLeft = false;
  bytesIn = 0;
  bytesOut = 0;
  /** Parts of a stream that went to the client. */
  parts = 0;
  /** The header `traceparent` that went to the upstream. */
  traceParent: string | null = null;
  #onLeave: (() => void) | null = null;
  readonly #isStopping: () => boolean;

  constructor(options: GatewayCallOptions) {
    const { endpoint, search, incoming, outgoing, isStopping } = options;
    this.endpoint = endpoint;
    this.search = search;
    this.#isStopping = isStopping;
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.atMs = Date.now();
    this.startedAt = performance.now();
    this.id = inferenceId(this.atMs);
    this.requestId = requestIdOf(incoming.headers, this.id);
    outgoing.on('error', () => undefined);
    const closed = (): void => {
      if (outgoing.writableFinished || this.hasLeft) return;
      this.hasLeft = true;
      this.#onLeave?.();
    };
    outgoing.once('close', closed);
    // A request sent before the answer to the one before it has no part in its connection's end yet.
    if (outgoing.socket === null) incoming.socket.once('close', closed);
  }

  /** Milliseconds since it arrived. */
  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** The headers that we add to an answer of `target` (null: of nobody). An upstream's own request id is kept. */
  ownHeaders(target: string | null, given: Readonly<Record<string, unknown>>): Record<string, string> {
    return {
      ...('x-request-id' in given ? {} : { 'x-request-id': this.requestId }),
      'x-homegrown-inference': this.id,
      ...(target === null ? {} : { 'x-homegrown-target': headerText(target) }),
      ...(this.#isStopping() ? { connection: 'close' } : {}),
    };
  }

  /** Is called when the client leaves; null: nobody minds any more. */
  onLeave(leave: (() => void) | null): void {
    this.#onLeave = leave;
  }

  /** Waits, or until the client leaves. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#onLeave = null;
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#onLeave = wake;
      if (this.hasLeft) wake();
    });
  }
}

/** Names of models come from clients; a header holds visible ASCII only. */
function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURI(text.toWellFormed());
}
