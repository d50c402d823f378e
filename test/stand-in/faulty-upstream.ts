/**
 * A real OpenAI-compatible server that fails on demand. As a program: `node test/stand-in/faulty-upstream.ts [--port 0] [--fault ok]`
 * prints its base URL and serves until it is ended.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as NetServer } from 'node:net';
import { parseArgs } from 'node:util';
import { sha256 } from '../../src/util/content-hash.ts';
import { answerRequest } from './answer-request.ts';
import { errorBody } from './error-body.ts';
import { type Fault, numberOf, parseFault } from './fault.ts';
import { replyPlan } from './reply-plan.ts';
import { sendReply } from './send-reply.ts';

/** One request as it arrived, and how it ended. Times are of `performance.now()`. */
export interface UpstreamRecord {
  readonly index: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly startedAt: number;
  /** The exact bytes, empty until all of them came. */
  body: Buffer;
  bodyAt: number | null;
  fault: string;
  /** The bytes of the answer's body that were written so far. */
  writtenBytes: number;
  /** The answer was written as the fault wanted it. */
  answeredAt: number | null;
  /** Its connection was closed. */
  closedAt: number | null;
  /** The other side closed before the answer was whole: the abort arrived. */
  isAborted: boolean;
}

export interface FaultyUpstreamOptions {
  port?: number;
  /** For requests that ask for no fault: neither by a header `x-fault` nor by a model `fault:<fault>`. */
  fault?: string | ((record: UpstreamRecord) => string);
  seed?: number;
  /** Words of an answer. */
  words?: number;
  /** The latest requests that are kept in `requests`. */
  keep?: number;
  /** Key it insists on. */
  apiKey?: string;
}

export interface FaultyUpstream {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  readonly port: number;
  readonly requests: readonly UpstreamRecord[];
  /** Connections open now. */
  readonly connections: () => number;
  forget(): void;
  /** Resolves with the first kept request for which `is` holds; rejects after `timeoutMs`. */
  waitFor(is: (record: UpstreamRecord) => boolean, timeoutMs?: number): Promise<UpstreamRecord>;
  close(): Promise<void>;
}

/** Starts it on a loopback port, by default a free one. */
export async function startFaultyUpstream(options: FaultyUpstreamOptions = {}): Promise<FaultyUpstream> {
  const desk = new Desk(options);
  const server = createServer({ maxHeaderSize: 1 << 20 }, (incoming, response) =>
    desk.take(incoming, response),
  );
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, options.port ?? 0);
  let open = 0;
  server.on('connection', (socket) => {
    open++;
    socket.setNoDelay(true);
    socket.once('close', () => open--);
  });
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    port,
    requests: desk.requests,
    connections: () => open,
    forget: () => void desk.requests.splice(0),
    waitFor: (is, timeoutMs = 5000) => waitForRecord(desk.requests, is, timeoutMs),
    close: () => closeServer(server),
  };
}

/** A base URL at which nobody listens. */
export async function refusedBaseUrl(): Promise<string> {
  const server = createTcpServer();
  const port = await listen(server, 0);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

async function listen(server: NetServer, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function waitForRecord(
  requests: readonly UpstreamRecord[],
  is: (record: UpstreamRecord) => boolean,
  timeoutMs: number,
): Promise<UpstreamRecord> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = requests.find((record) => is(record));
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`the upstream saw no such request in ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Takes requests, decides what becomes of them, keeps the log. */
class Desk {
  readonly requests: UpstreamRecord[] = [];
  readonly #options: FaultyUpstreamOptions;
  readonly #failures = new Map<string, number>();
  #count = 0;

  constructor(options: FaultyUpstreamOptions) {
    this.#options = options;
  }

  take(incoming: IncomingMessage, response: ServerResponse): void {
    const record = this.#record(incoming);
    this.requests.push(record);
    if (this.requests.length > (this.#options.keep ?? 10_000)) this.requests.shift();
    const { socket } = incoming;
    const closed = (): void => {
      record.closedAt ??= performance.now();
      record.isAborted ||= record.answeredAt === null;
    };
    socket.once('close', closed);
    response.once('finish', () => {
      record.answeredAt ??= performance.now();
      socket.removeListener('close', closed);
    });
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => undefined);
    response.on('error', () => undefined);
    incoming.once('end', () => {
      record.body = Buffer.concat(chunks);
      record.bodyAt = performance.now();
      this.#answer(record, response).catch((error: unknown) => {
        if (!response.headersSent) refuse(response, 400, error instanceof Error ? error.message : 'unknown');
      });
    });
  }

  #record(incoming: IncomingMessage): UpstreamRecord {
    return {
      index: this.#count++,
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      rawHeaders: incoming.rawHeaders,
      startedAt: performance.now(),
      body: Buffer.alloc(0),
      bodyAt: null,
      fault: '',
      writtenBytes: 0,
      answeredAt: null,
      closedAt: null,
      isAborted: false,
    };
  }

  async #answer(record: UpstreamRecord, response: ServerResponse): Promise<void> {
    const { apiKey, seed = 1, words = 12 } = this.#options;
    if (apiKey !== undefined && record.headers.authorization !== `Bearer ${apiKey}`) {
      return refuse(response, 401, 'Incorrect API key provided.');
    }
    if (record.method === 'GET' && record.path.startsWith('/v1/models')) return sendModels(record, response);
    if (record.method !== 'POST' || !/^\/v1\/(chat\/completions|responses|embeddings)$/.test(record.path)) {
      return refuse(response, 404, `Invalid URL (${record.method} ${record.path})`);
    }
    const request = JSON.parse(record.body.toString()) as Record<string, unknown>;
    const fault = this.#faultOf(record, request);
    const isStream = request['stream'] === true;
    const answer = answerRequest(record.path, request, {
      seed,
      words: numberOf(fault, 'words', words),
      wordBytes: fault.name === 'large' ? numberOf(fault, 'bytes', 5_000_000) / words : 0,
    });
    await sendReply(replyPlan(fault, answer, isStream), record, response);
  }

  #faultOf(record: UpstreamRecord, request: Record<string, unknown>): Fault {
    const { fault: otherwise = 'ok' } = this.#options;
    const header = record.headers['x-fault'];
    const model = typeof request['model'] === 'string' ? request['model'] : '';
    const text =
      typeof header === 'string'
        ? header
        : model.startsWith('fault:')
          ? model.slice('fault:'.length)
          : typeof otherwise === 'string'
            ? otherwise
            : otherwise(record);
    record.fault = text;
    const fault = parseFault(text);
    if (fault.failuresFirst === null) return fault;
    // Equal requests are tries of one call; after the good answer the count starts again.
    const key = `${text} ${String(record.headers['x-fault-key'] ?? '')} ${sha256(record.body)}`;
    const failed = this.#failures.get(key) ?? 0;
    if (failed < fault.failuresFirst) {
      this.#failures.set(key, failed + 1);
      return fault;
    }
    this.#failures.delete(key);
    return { ...fault, name: 'ok' };
  }
}

const MODELS = ['m', 'small', 'large'].map((id) => ({
  id,
  object: 'model',
  created: 1_700_000_000,
  owned_by: 'faulty-upstream',
}));

function sendModels({ path }: UpstreamRecord, response: ServerResponse): void {
  const id = decodeURIComponent(path.slice('/v1/models/'.length));
  const found = id === '' ? { object: 'list', data: MODELS } : MODELS.find((model) => model.id === id);
  if (found === undefined) return refuse(response, 404, `The model '${id}' does not exist`);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(errorBody(status, { message }));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      fault: { type: 'string', default: 'ok' },
      words: { type: 'string', default: '12' },
    },
  });
  const upstream = await startFaultyUpstream({
    port: Number(values.port),
    fault: values.fault,
    words: Number(values.words),
    keep: 100,
  });
  console.log(upstream.baseUrl);
}
