import { Pool } from 'undici';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import type { Endpoint } from '../schema/inference.ts';
import { HttpExchange } from './http-exchange.ts';
import { checkedAddress, keyFrom } from './language-model.ts';
import type { WireExchange, WireHandler, WireRequest, WireUpstream } from './wire-upstream.ts';

export interface HttpWireUpstreamOptions {
  /** Name in the config. */
  name: string;
  /** Address up to and including `/v1`. */
  baseUrl: string;
  /** Environment variable with the key that replaces the client's; without one the client's passes. */
  apiKeyEnv?: string | undefined;
  /** Where the key is looked up; default `process.env`. */
  environment?: NodeJS.ProcessEnv;
  /** Milliseconds until a connection must stand. */
  connectMs: number;
}

const PATHS: Record<WireRequest['endpoint'], string> = {
  'chat-completions': '/chat/completions',
  responses: '/responses',
  embeddings: '/embeddings',
};
/** Shorter than what servers and proxies are usually set to, so that a request seldom meets a connection that is being closed. */
const KEEP_ALIVE_MS = 15_000;
/** With ours beside them they must fit into the 16 KiB that clients take. */
const MAX_HEADER_BYTES = 15 * 1024;

/** An OpenAI-compatible address: requests and answers pass as bytes over kept connections. */
export class HttpWireUpstream implements WireUpstream {
  readonly name: string;
  readonly #options: HttpWireUpstreamOptions;
  /** Made at the first call: an address that cannot be used harms only those who use it. */
  #pool: Pool | undefined;
  #basePath = '';
  #authorization: string | null | undefined;

  constructor(options: HttpWireUpstreamOptions) {
    this.name = options.name;
    this.#options = options;
  }

  answers(endpoint: Endpoint): boolean {
    return endpoint !== 'predict';
  }

  send(request: WireRequest, handler: WireHandler): WireExchange {
    const exchange = new HttpExchange(handler);
    try {
      const pool = (this.#pool ??= this.#connect());
      const options = {
        method: 'POST',
        path: `${this.#basePath}${PATHS[request.endpoint]}${request.search ?? ''}`,
        headers: this.#headersOf(request),
        body: request.body,
        // Whoever asked watches the time.
        headersTimeout: 0,
        bodyTimeout: 0,
      };
      exchange.begin(() => pool.dispatch(options, exchange));
    } catch (cause) {
      exchange.fail({ code: codeOf(cause), message: messageOf(cause), unsent: true, final: true });
    }
    return exchange;
  }

  async close(): Promise<void> {
    await this.#pool?.destroy();
  }

  #connect(): Pool {
    const { name, baseUrl, connectMs } = this.#options;
    const url = new URL(checkedAddress(name, baseUrl));
    this.#basePath = url.pathname.replace(/\/+$/, '');
    return new Pool(url.origin, {
      connect: { timeout: connectMs },
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Streams that share one connection also share its window: a slow reader of one would hold up the others.
      allowH2: false,
    });
  }

  #headersOf({ headers }: WireRequest): Record<string, string | string[] | undefined> {
    const authorization = this.#authorization === undefined ? this.#readKey() : this.#authorization;
    this.#authorization = authorization;
    const encoding = { 'accept-encoding': 'identity' };
    if (authorization === null) return { ...headers, ...encoding };
    // Whatever key the client sent in another header is not for this provider.
    return { ...headers, ...encoding, authorization, 'x-api-key': undefined, 'api-key': undefined };
  }

  #readKey(): string | null {
    const { name, apiKeyEnv, environment = process.env } = this.#options;
    return apiKeyEnv === undefined ? null : `Bearer ${keyFrom(environment, name, apiKeyEnv)}`;
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof HomegrownError ? cause.code.replace(/^.*\//, '') : 'bad-request';
}
