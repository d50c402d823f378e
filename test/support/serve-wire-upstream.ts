import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { WireRequest, WireUpstream } from '../../src/upstream/wire-upstream.ts';

const ENDPOINTS: Readonly<Record<string, WireRequest['endpoint']>> = {
  '/v1/chat/completions': 'chat-completions',
  '/v1/responses': 'responses',
  '/v1/embeddings': 'embeddings',
};

/** A wire upstream behind a bare HTTP server, so that official clients can be pointed at a translation alone. */
export async function serveWireUpstream(
  upstream: WireUpstream,
): Promise<{ baseUrl: string; close(): Promise<void> }> {
  const server = createServer((incoming, response) => {
    exchange(upstream, incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function exchange(
  upstream: WireUpstream,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(incoming);
  const json = JSON.parse(body.toString('utf8')) as { model: string; stream?: boolean };
  const request: WireRequest = {
    endpoint: ENDPOINTS[incoming.url ?? '']!,
    model: json.model,
    headers: incoming.headers as WireRequest['headers'],
    body,
    stream: json.stream === true,
  };
  const sent = upstream.send(request, {
    onHead: (status, headers) => void response.writeHead(status, headers),
    onData: (bytes) => void response.write(bytes),
    onEnd: () => void response.end(),
    onFailure: ({ code, message }) => {
      if (response.headersSent) return response.destroy();
      response.writeHead(502, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message, type: 'server_error', param: null, code } }));
    },
  });
  response.once('close', () => {
    if (!response.writableFinished) sent.abort();
  });
}
