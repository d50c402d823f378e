import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as it arrived. */
export interface ProviderRequest {
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON, looked into as it came. */
  body: ReturnType<typeof JSON.parse>;
  /** Resolves when the client has gone before the answer ended, with `performance.now()`. */
  left: Promise<number>;
}

/** What a provider sends back, shaped as real ones do. */
export type ProviderReply =
  | { status?: number; headers?: Record<string, string>; json: unknown }
  | { status: number; headers?: Record<string, string>; text: string }
  /** Server-sent events: objects are written as data, strings as they are; then the end, a cut, or nothing more. */
  | {
      headers?: Record<string, string>;
      events: readonly (object | string)[];
      gapMs?: number;
      ending?: 'end' | 'cut' | 'stall';
    }
  | 'stall'
  | 'cut';

/** A provider whose answers are written in the test. */
export interface ScriptedProvider {
  /** Without a path. */
  origin: string;
  requests: ProviderRequest[];
  /** Answers the requests to come; called once for each. */
  reply: (request: ProviderRequest, index: number) => ProviderReply | Promise<ProviderReply>;
  close(): Promise<void>;
}

/** A real HTTP server on a loopback port (a free one unless told) that plays a provider of any wire format. */
export async function startScriptedProvider(
  reply: ScriptedProvider['reply'] = () => 'stall',
  port = 0,
): Promise<ScriptedProvider> {
  const provider: ScriptedProvider = { origin: '', requests: [], reply, close };
  const server = createServer((incoming, response) => {
    const left = new Promise<number>((resolve) => {
      response.once('close', () => {
        if (!response.writableFinished) resolve(performance.now());
      });
    });
    const answer = async (): Promise<void> => {
      const sent = await text(incoming);
      const request = {
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: sent === '' ? undefined : JSON.parse(sent),
        left,
      };
      const index = provider.requests.push(request) - 1;
      await send(response, await provider.reply(request, index));
    };
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  provider.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return provider;

  function close(): Promise<void> {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  }
}

async function send(response: ServerResponse, reply: ProviderReply): Promise<void> {
  if (reply === 'stall') return;
  if (reply === 'cut') return void response.destroy();
  if ('events' in reply) return sendEvents(response, reply);
  const { status = 200, headers = {} } = reply;
  const body = 'json' in reply ? JSON.stringify(reply.json) : reply.text;
  response.writeHead(status, {
    'content-type': 'json' in reply ? 'application/json' : 'text/html',
    ...headers,
  });
  response.end(body);
}

async function sendEvents(
  response: ServerResponse,
  { headers, events, gapMs, ending = 'end' }: Extract<ProviderReply, { events: unknown }>,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
  response.flushHeaders();
  for (const event of events) {
    if (response.destroyed) return;
    if (gapMs !== undefined) await new Promise((resolve) => setTimeout(resolve, gapMs));
    const bytes = typeof event === 'string' ? event : eventText(event);
    if (!response.write(bytes))
      await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  // What was written must be read before the connection is gone.
  if (ending === 'cut') setTimeout(() => response.destroy(), 20);
  else if (ending === 'end') response.end();
}

/** Events with a `type` are named by it, as OpenAI's responses and Anthropic do. */
function eventText(event: object): string {
  const name = 'type' in event && typeof event.type === 'string' ? `event: ${event.type}\n` : '';
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}
