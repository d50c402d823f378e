import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seededRandom } from '../../src/util/random.ts';
import { sha256 } from '../../src/util/content-hash.ts';

/** What the stand-in can do instead of answering well. */
export type Misbehaviour =
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  | { kind: 'stall' }
  | { kind: 'cut-connection' }
  | { kind: 'malformed-json' }
  | { kind: 'html' }
  | { kind: 'endless' }
  | { kind: 'wrong-label' }
  | { kind: 'chatty' }
  | { kind: 'empty' }
  | { kind: 'out-of-tokens'; content?: string }
  | { kind: 'no-usage' };

/** One request as it arrived. */
export interface StandInRequest {
  path: string;
  authorization: string | undefined;
  body: { model: string; messages: { role: string; content: string }[] } & Record<string, unknown>;
  /** `performance.now()` when it arrived. */
  atMs: number;
}

export interface StandInOptions {
  /** The right answer to each text; a function may know texts that no map lists. */
  goldLabels: ReadonlyMap<string, string> | ((text: string) => string | undefined);
  labels: readonly string[];
  /** Share of texts answered with another label; decided per text by `seed`, so equal texts get equal answers. */
  errorRate: number;
  delayMs?: number;
  seed?: number;
  /** Key it insists on; without one anybody may call. */
  apiKey?: string;
  /** What to do with request number `index` (from 0) instead of answering; undefined answers. */
  misbehave?: (index: number, request: StandInRequest) => Misbehaviour | undefined;
  /** Told +1 when a request arrives and -1 when it is answered. */
  onActive?: (change: 1 | -1) => void;
  port?: number;
}

export interface StandIn {
  /** Ends in `/v1`. */
  baseUrl: string;
  requests: readonly StandInRequest[];
  close(): Promise<void>;
}

/**
 * A real HTTP server with OpenAI's chat completions, standing in for a rented model: it answers from gold labels with a
 * stated error rate and delay. It understands nothing, so it shows that the plumbing works and never what a model can do.
 */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const requests: StandInRequest[] = [];
  const answer = answerer(options);
  const server = createServer((incoming, response) => {
    options.onActive?.(1);
    response.once('close', () => options.onActive?.(-1));
    handle(incoming, response, { options, requests, answer }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Handling {
  options: StandInOptions;
  requests: StandInRequest[];
  answer: (text: string) => string;
}

async function handle(
  incoming: IncomingMessage,
  response: ServerResponse,
  handling: Handling,
): Promise<void> {
  const { options, requests } = handling;
  const request = await readRequest(incoming);
  if (incoming.method !== 'POST' || request.path !== '/v1/chat/completions') {
    return sendError(response, 404, `no such address: ${request.path}`);
  }
  const index = requests.push(request) - 1;
  if (options.apiKey !== undefined && request.authorization !== `Bearer ${options.apiKey}`) {
    return sendError(response, 401, `Incorrect API key provided: ${request.authorization ?? 'none'}`);
  }
  const misbehaviour = options.misbehave?.(index, request);
  if (misbehaviour?.kind === 'stall') return;
  if ((options.delayMs ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
  const lastUser = request.body.messages.findLast(({ role }) => role === 'user')?.content ?? '';
  misbehaveOrAnswer({
    response,
    request,
    misbehaviour,
    label: handling.answer(lastUser),
    labels: options.labels,
  });
}

function misbehaveOrAnswer(facts: {
  response: ServerResponse;
  request: StandInRequest;
  misbehaviour: Misbehaviour | undefined;
  label: string;
  labels: readonly string[];
}): void {
  const { response, request, misbehaviour, label, labels } = facts;
  switch (misbehaviour?.kind) {
    case undefined:
      return sendCompletion(response, request, label);
    case 'status':
      response.writeHead(misbehaviour.status, {
        'content-type': 'application/json',
        ...misbehaviour.headers,
      });
      response.end(
        misbehaviour.body ??
          JSON.stringify({ error: { message: `status ${misbehaviour.status} on demand` } }),
      );
      return;
    case 'stall':
      return;
    case 'cut-connection':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"id": "x", "choi');
      setTimeout(() => response.destroy(), 5);
      return;
    case 'malformed-json':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"id": "x", "choices": [{"message": ');
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>Sign in to the network</title>');
      return;
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/json' });
      return pourEndlessly(response);
    case 'wrong-label':
      return sendCompletion(response, request, `not-one-of-the-${labels.length}-labels`);
    case 'chatty':
      return sendCompletion(response, request, `Sure! The label is: **${label}**.`);
    case 'empty':
      return sendCompletion(response, request, '');
    case 'out-of-tokens':
      return sendCompletion(response, request, misbehaviour.content ?? '', { finishReason: 'length' });
    case 'no-usage':
      return sendCompletion(response, request, label, { usage: false });
  }
}

function pourEndlessly(response: ServerResponse): void {
  const chunk = Buffer.alloc(1 << 20, ' ');
  const pour = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', pour);
  pour();
}

/** Answers have different ids, as a provider's have. */
let answers = 0;

function sendCompletion(
  response: ServerResponse,
  request: StandInRequest,
  content: string,
  { finishReason = 'stop', usage = true }: { finishReason?: string; usage?: boolean } = {},
): void {
  const promptTokens = request.body.messages.reduce((sum, message) => sum + tokensOf(message.content), 0);
  const completionTokens = tokensOf(content);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      id: `chatcmpl-stand-in-${++answers}`,
      object: 'chat.completion',
      created: 0,
      model: request.body.model,
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: finishReason }],
      ...(usage
        ? {
            usage: {
              prompt_tokens: promptTokens,
              completion_tokens: completionTokens,
              total_tokens: promptTokens + completionTokens,
            },
          }
        : {}),
    }),
  );
}

/** About four characters each, as English has with the tokenizers in use. */
function tokensOf(text: string): number {
  return 4 + Math.ceil(text.length / 4);
}

function sendError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message, type: 'stand_in_error', code: null } }));
}

async function readRequest(incoming: IncomingMessage): Promise<StandInRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    path: incoming.url ?? '',
    authorization: incoming.headers.authorization,
    body: (text === '' ? { model: '', messages: [] } : JSON.parse(text)) as StandInRequest['body'],
    atMs: performance.now(),
  };
}

/** Right, except for the share of texts that the seed picks; a text it does not know gets a label picked by the seed. */
function answerer(options: StandInOptions): (message: string) => string {
  const { labels, errorRate, seed = 1 } = options;
  const find = goldFinder(options.goldLabels);
  return (message) => {
    const { text, gold } = find(message);
    const random = seededRandom((Number.parseInt(sha256(text).slice(0, 8), 16) ^ seed) >>> 0);
    const others = labels.filter((label) => label !== gold);
    if (gold !== undefined && (random.next() >= errorRate || others.length === 0)) return gold;
    return others[random.integer(others.length)] ?? '';
  };
}

/** The text to classify: the whole message, or else the longest known text inside it. */
function goldFinder(
  goldLabels: StandInOptions['goldLabels'],
): (message: string) => { text: string; gold: string | undefined } {
  if (typeof goldLabels === 'function') return (message) => ({ text: message, gold: goldLabels(message) });
  const longestFirst = [...goldLabels.keys()]
    .filter((text) => text !== '')
    .toSorted((a, b) => b.length - a.length);
  return (message) => {
    if (goldLabels.has(message)) return { text: message, gold: goldLabels.get(message) };
    const text = longestFirst.find((known) => message.includes(known));
    return text === undefined ? { text: message, gold: undefined } : { text, gold: goldLabels.get(text) };
  };
}
