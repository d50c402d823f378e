import { connect } from 'node:net';
import type { Ask } from './client-view.ts';

/** What came over the wire, byte by byte. */
export interface RawView {
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The body without its framing. */
  readonly body: string;
  /** The body ended as its framing says it must. */
  readonly isComplete: boolean;
}

/** Asks over a socket of its own and reads until the other side closes. */
export async function askSocket(ask: Ask, timeoutMs: number): Promise<RawView> {
  const url = new URL(ask.baseUrl);
  const { path, body } = requestOf(ask);
  const socket = connect(Number(url.port), url.hostname);
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.write(
      `POST ${url.pathname}${path} HTTP/1.1\r\nhost: ${url.host}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
  return readAnswer(Buffer.concat(chunks));
}

/** The request of a question as bytes. */
export function requestOf({ api, model, stream, question }: Ask): { path: string; body: string } {
  const common = { model, ...(stream ? { stream } : {}) };
  return api === 'responses'
    ? { path: '/responses', body: JSON.stringify({ ...common, input: question }) }
    : {
        path: '/chat/completions',
        body: JSON.stringify({ ...common, messages: [{ role: 'user', content: question }] }),
      };
}

function readAnswer(bytes: Buffer): RawView {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return { status: null, headers: {}, body: '', isComplete: false };
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const status = Number(first.split(' ')[1]);
  const rest = bytes.subarray(end + 4);
  if (headers['transfer-encoding'] === 'chunked') return { status, headers, ...unchunked(rest) };
  const isComplete = rest.length === Number(headers['content-length']);
  return { status, headers, body: rest.toString(), isComplete };
}

function unchunked(bytes: Buffer): { body: string; isComplete: boolean } {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = lineEnd === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const start = lineEnd + 2;
    const isWhole = start + size + 2 <= bytes.length;
    if (size === 0 && isWhole) return { body: Buffer.concat(pieces).toString(), isComplete: true };
    if (Number.isNaN(size) || !isWhole) return { body: Buffer.concat(pieces).toString(), isComplete: false };
    pieces.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}
