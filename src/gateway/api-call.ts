import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ApiKeys } from './access/api-keys.ts';
import { requireAdmin } from './access/caller-rights.ts';
import type { ApiError } from './api-error.ts';
import type { ServedPromotions } from './deployment/served-promotions.ts';
import { discardBody, isBodyPending } from './discard-body.ts';
import type { KeptCalls } from './feedback/kept-calls.ts';
import type { Erasures } from './erasures.ts';
import type { Caller } from './gatekeeper.ts';
import type { GatewayLog } from './gateway-log.ts';
import type { CallHooks } from './pipeline/call-hooks.ts';
import { readJsonBody } from './read-json-body.ts';
import { requestIdOf } from './request-id.ts';
import type { ModelDirectory } from './resolve-model.ts';
import type { MetricsSource } from './telemetry/metrics-route.ts';

/** What every route needs from the server it runs in. */
export interface ApiContext {
  directory: ModelDirectory;
  hooks: CallHooks;
  /** null: this server has none that could be made or revoked over HTTP. */
  keys: ApiKeys | null;
  /** null: there is no `/metrics`. */
  metrics: MetricsSource | null;
  /** null: this server keeps no calls. */
  keptCalls: KeptCalls | null;
  /** null: this server decides nothing about models. */
  promotions: ServedPromotions | null;
  /** null: this server cannot erase. */
  erasures: Erasures | null;
  maxBodyBytes: number;
  log: GatewayLog;
  /** Whether the server is ending and wants its connections back. */
  isStopping(): boolean;
}

/** The Node objects under a request. */
export interface NodeBindings {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

const PROCESS_ID = randomBytes(8).toString('hex');
let counter = 0;

/** One request being answered. */
export class ApiCall {
  readonly directory: ModelDirectory;
  readonly log: GatewayLog;
  /** Unique among all requests to all servers. */
  readonly id: string;
  /** The client's `x-request-id` when it is harmless, else one of ours. */
  readonly requestId: string;
  readonly #context: ApiContext;
  readonly #node: NodeBindings;
  #caller: Caller | null = null;

  constructor(context: ApiContext, node: NodeBindings) {
    this.directory = context.directory;
    this.log = context.log;
    this.#context = context;
    this.#node = node;
    this.id = `${PROCESS_ID}${(counter++).toString(36)}`;
    this.requestId = requestIdOf(node.incoming.headers, this.id);
  }

  /** Who calls; only after `identify`. */
  get caller(): Caller {
    if (this.#caller === null) throw new Error('nobody has looked yet who calls');
    return this.#caller;
  }

  get headers(): IncomingHttpHeaders {
    return this.#node.incoming.headers;
  }

  /** The peer's, of the socket. */
  get address(): string | undefined {
    return this.#node.incoming.socket.remoteAddress;
  }

  get hooks(): CallHooks {
    return this.#context.hooks;
  }

  get keys(): ApiKeys | null {
    return this.#context.keys;
  }

  get keptCalls(): KeptCalls | null {
    return this.#context.keptCalls;
  }

  /** The request's address; what is no path on this server counts as `/`. */
  get url(): URL {
    return new URL(this.#node.incoming.url ?? '/', 'http://localhost');
  }

  /** The header of this name in lower case, when there is one. */
  header(name: string): string | undefined {
    const value = this.#node.incoming.headers[name];
    return typeof value === 'string' ? value : value?.[0];
  }

  get promotions(): ServedPromotions | null {
    return this.#context.promotions;
  }

  get erasures(): Erasures | null {
    return this.#context.erasures;
  }

  /** Looks who calls. Throws the 401 and 503 of the gatekeeper, and the 403 when an admin is needed and it is none. */
  async identify({ needsAdmin }: { needsAdmin: boolean }): Promise<void> {
    this.#caller = await this.hooks.gatekeeper.identify(this.headers, this.address);
    if (needsAdmin) requireAdmin(this.#caller);
  }

  async readBody(): Promise<unknown> {
    const { value } = await readJsonBody(this.#node.incoming, this.#context.maxBodyBytes);
    return value;
  }

  /** Aborts when the client leaves before it was answered. */
  clientSignal(): AbortSignal {
    const controller = new AbortController();
    const { outgoing } = this.#node;
    const leave = (): void => {
      if (!outgoing.writableFinished) controller.abort(new ClientLeft());
    };
    if (outgoing.destroyed || outgoing.closed) leave();
    else outgoing.once('close', leave);
    return controller.signal;
  }

  /** A response with the request id; `content-type` as given. */
  respond(
    body: string | ReadableStream<Uint8Array> | null,
    contentType: string,
    status = 200,
    headers: Record<string, string> = {},
  ): Response {
    return new Response(body, {
      status,
      headers: {
        'content-type': contentType,
        'x-request-id': this.requestId,
        ...(contentType.startsWith('text/event-stream') ? { 'cache-control': 'no-cache' } : {}),
        ...(this.#context.isStopping() ? { connection: 'close' } : {}),
        ...headers,
      },
    });
  }

  /**
   * An error as a response. While the client still sends its body the response is written whole but not ended: many clients
   * read nothing until they have sent everything, and closing the connection before would take the answer from them.
   */
  refuse(error: ApiError): Response {
    const { incoming } = this.#node;
    const body = error.toBody();
    const { status, headers } = error;
    if (!isBodyPending(incoming)) return this.respond(body, 'application/json', status, headers);
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const open = openUntil(discardBody(incoming), body);
    return this.respond(open, 'application/json', status, { ...headers, ...length });
  }

  respondJson(body: unknown, status = 200): Response {
    return this.respond(JSON.stringify(body), 'application/json', status);
  }
}

/** A body that is there at once, but ends only with `until`. */
function openUntil(until: Promise<void>, body: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: async (controller) => {
      controller.enqueue(new TextEncoder().encode(body));
      await until;
      controller.close();
    },
  });
}

/** The client closed its connection: nobody is there to be answered. */
export class ClientLeft extends Error {
  constructor() {
    super('the client closed the connection before it was answered');
    this.name = 'AbortError';
  }
}
