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
  /** What an answer of a Homegrown server has. */
  readonly answerKey: string;
}

const LONGEST_PAUSE_MS = 30_000;

/** Sends requests that may be sent twice, and sends them again after failures that may pass. */
export class ServerConnection {
  readonly #root: string;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    if (typeof options.baseUrl !== 'string') throw noAddress(options.baseUrl);
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

  async #try({ path, body, headers = {}, signal, answerKey }: Post): Promise<unknown> {
    const { apiKey, timeoutMs = 30_000, fetch = globalThis.fetch } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const url = `${this.#root}${path}`;
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
      response = await fetch(url, init);
      text = await response.text();
    } catch (cause) {
      throw noAnswer(this.#root, timeout.aborted ? timeoutMs : null, cause);
    }
    const json = parsed(text);
    if (response.ok && isObject(json) && answerKey in json) return json;
    throw refusal({ url, response, json });
  }
}

function noAnswer(root: string, timedOutAfterMs: number | null, cause: unknown): HomegrownConnectionError {
  const why =
    timedOutAfterMs === null
      ? `cannot be reached: ${messageOf(cause)}`
      : `did not answer within ${timedOutAfterMs} ms`;
  return new HomegrownConnectionError(`the Homegrown server at ${root} ${why}`, cause);
}

/** For callers whose settings TypeScript did not check. */
function noAddress(found: never): TypeError {
  return new TypeError(
    `baseUrl: expected the address of a Homegrown server, such as http://127.0.0.1:4400; found ${JSON.stringify(found)}`,
  );
}

/** `fetch failed` says nothing; its cause does, though without words when several addresses of a name were tried. */
function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (!(thrown.cause instanceof Error)) return thrown.message;
  const { message, code } = thrown.cause as Error & { code?: unknown };
  return message === '' && typeof code === 'string' ? code : message;
}

interface Refused {
  readonly url: string;
  readonly response: Response;
  readonly json: unknown;
}

function refusal({ url, response: { status, headers }, json }: Refused): HomegrownApiError {
  const error = isObject(json) && isObject(json['error']) ? json['error'] : {};
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const { problems } = error;
  return new HomegrownApiError({
    status,
    code: text(error['code']),
    message:
      text(error['message']) ??
      `${url} answered with status ${status}, and no answer of a Homegrown server; is baseUrl its address?`,
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
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
