import { HomegrownApiError, HomegrownConnectionError, type FeedbackProblem } from './client-errors.ts';

export interface ConnectionOptions {
  /** Address of the server, with or without `/v1`: `http://127.0.0.1:4400`. */
  baseUrl: string;
  /** A key of the server. */
  apiKey?: string | undefined;
  /** How often a request is tried again after a failure that may pass. Default 3. */
  retries?: number | undefined;
  /** Milliseconds that one try may take. Default 30,000. */
  timeoutMs?: number | undefined;
  /** First pause before a retry, milliseconds; each later one is twice as long. Default 250. */
  pauseMs?: number | undefined;
  /** Default: the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

interface Post {
  readonly path: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

const LONGEST_PAUSE_MS = 30_000;

/** Sends requests that may be sent twice, and sends them again after failures that may pass. */
export class ServerConnection {
  readonly #root: string;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#root = options.baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
    this.#options = options;
  }

  /** Throws `HomegrownApiError`, `HomegrownConnectionError`, and the signal's reason when it is aborted. */
  async post(request: Post): Promise<unknown> {
    const { retries = 3, pauseMs = 250 } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const { signal } = request;
      signal?.throwIfAborted();
      try {
        return await this.#try(request);
      } catch (error) {
        signal?.throwIfAborted();
        const wait = attempt < retries ? pauseAfter(error, pauseMs * 2 ** attempt) : null;
        if (wait === null) throw error;
        await pause(wait, signal);
      }
    }
  }

  async #try({ path, body, headers = {}, signal }: Post): Promise<unknown> {
    const { apiKey, timeoutMs = 30_000, fetch = globalThis.fetch } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const init = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        ...headers,
      },
      body: JSON.stringify(body),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    };
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#root}${path}`, init);
      text = await response.text();
    } catch (cause) {
      throw noAnswer(this.#root, timeout.aborted ? timeoutMs : null, cause);
    }
    const json = parsed(text);
    if (response.ok && json !== undefined) return json;
    throw refusal(response, json);
  }
}

function noAnswer(root: string, timedOutAfterMs: number | null, cause: unknown): HomegrownConnectionError {
  const why =
    timedOutAfterMs === null
      ? `cannot be reached: ${messageOf(cause)}`
      : `did not answer within ${timedOutAfterMs} ms`;
  return new HomegrownConnectionError(`the Homegrown server at ${root} ${why}`, cause);
}

/** `fetch failed` says nothing; its cause does. */
function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}

function refusal({ status, headers }: Response, json: unknown): HomegrownApiError {
  const { error = {} } = (json ?? {}) as { error?: Record<string, unknown> };
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const { problems } = error;
  return new HomegrownApiError({
    status,
    code: text(error['code']),
    message: text(error['message']) ?? `status ${status}, and no answer of a Homegrown server`,
    param: text(error['param']),
    requestId: headers.get('x-request-id'),
    retryAfterMs: retryAfterMs(headers.get('retry-after')),
    problems: Array.isArray(problems) ? (problems as FeedbackProblem[]) : [],
  });
}

/** Seconds, or a date. */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** How long to wait before the next try; null: there is no use in one. */
function pauseAfter(error: unknown, usualMs: number): number | null {
  const jittered = Math.min(usualMs, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
  if (error instanceof HomegrownConnectionError) return jittered;
  if (!(error instanceof HomegrownApiError) || !error.isRetryable) return null;
  const { retryAfterMs: wanted } = error;
  return wanted !== null && wanted > LONGEST_PAUSE_MS ? null : Math.max(jittered, wanted ?? 0);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
