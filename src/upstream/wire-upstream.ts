import type { Endpoint } from '../schema/inference.ts';

/** One request in OpenAI's wire format, ready to be sent. */
export interface WireRequest {
  readonly endpoint: Exclude<Endpoint, 'predict'>;
  /** The provider's name of the model; `body` names it already. */
  readonly model: string;
  /** Headers of the client that are meant for the provider, in lower case: no hop-by-hop ones, none of ours, no key of ours. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** JSON. */
  readonly body: Uint8Array;
  readonly stream: boolean;
  /** The query of the client's address with its `?`; left out: none. */
  readonly search?: string;
}

/** Why no whole answer came: `code` is stable, for example `connect-timeout`, `unreachable`, `cut`, `bad-encoding`. */
export interface WireFailure {
  readonly code: string;
  /** For the operator; it may name addresses. */
  readonly message: string;
  /** Whether nothing of the request had left: the provider cannot have worked for it. */
  readonly unsent?: boolean;
  /** Whether another try cannot help before somebody mends the configuration. */
  readonly final?: boolean;
  readonly cause?: unknown;
}

/** Is told what comes back, in this order: at most one head, data, then exactly one of end and failure. */
export interface WireHandler {
  /** Headers in lower case; the body's bytes are decoded, so there is no `content-encoding` among them. */
  onHead(status: number, headers: Readonly<Record<string, string | string[]>>): void;
  onData(bytes: Uint8Array): void;
  onEnd(): void;
  onFailure(failure: WireFailure): void;
}

/** An exchange under way. Its handler is told nothing before `send` has returned. */
export interface WireExchange {
  /** No more data until `resume`: a slow reader must not grow memory. */
  pause(): void;
  resume(): void;
  /** Gives up at once, whatever state it is in; the handler is told nothing more. */
  abort(): void;
}

/** Somebody else's model behind OpenAI's wire format: an HTTP address, or an AI SDK model translated to it. */
export interface WireUpstream {
  /** Name in the config. */
  readonly name: string;
  /** Endpoints it can answer. */
  answers(endpoint: Endpoint): boolean;
  /** Never throws: what goes wrong is told to the handler. */
  send(request: WireRequest, handler: WireHandler): WireExchange;
  /** Lets go of connections; exchanges under way are broken off. */
  close?(): Promise<void>;
}
