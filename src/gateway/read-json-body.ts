import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest, requestCut } from './api-error.ts';

/** A body as it was sent, and what it says. */
export interface JsonBody {
  readonly bytes: Buffer;
  readonly value: unknown;
}

/** Reads a JSON request body of at most `maxBytes`. Throws 400, 408, 413 or 415 in OpenAI's shape. */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<JsonBody> {
  requireJson(request);
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) throw badRequest('The body is empty; expected a JSON object.');
  return { bytes, value: parseJson(decode(bytes)) };
}

/** Also keeps web pages of other sites away: browsers do not send this type across sites without asking first. */
function requireJson({ headers }: IncomingMessage): void {
  const type = headers['content-type'];
  if (type === undefined || !/^application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i.test(type)) {
    throw new ApiError({
      status: 415,
      code: 'unsupported_content_type',
      message: `Expected the header "content-type: application/json", found ${type === undefined ? 'none' : JSON.stringify(type.slice(0, 100))}.`,
    });
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new ApiError({
      status: 415,
      code: 'unsupported_content_encoding',
      message: `Expected a body without content-encoding, found ${JSON.stringify(encoding.slice(0, 100))}.`,
    });
  }
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onLost).off('close', onLost);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= maxBytes) return void chunks.push(chunk);
      stop();
      reject(tooLarge(maxBytes));
    };
    const onEnd = (): void => {
      stop();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    const onLost = (): void => {
      stop();
      reject(requestCut());
    };
    // It tells its end once: perhaps while it was found out whose it is.
    if (request.destroyed) {
      onLost();
      return;
    }
    request.on('data', onData).on('end', onEnd).on('error', onLost).on('close', onLost);
  });
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw badRequest('The body is not valid UTF-8.');
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString('utf8', hasMark ? 3 : 0);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw badRequest(`The body is not valid JSON: ${whereJsonBreaks(cause)}.`);
  }
}

/** The parser's message without its excerpt of the body, which may be secret or huge. */
function whereJsonBreaks(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : '';
  const position = /at position \d+(?: \(line \d+ column \d+\))?/.exec(message)?.[0];
  if (position !== undefined) return `unexpected text ${position}`;
  return message.startsWith('Unexpected end') ? 'it ends too early' : 'unexpected text';
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError({
    status: 413,
    code: 'request_too_large',
    message: `The body is larger than this server takes (${maxBytes} bytes). Send less at once, or raise \`server.maxBodyBytes\` in homegrown.config.ts.`,
    headers: { connection: 'close' },
  });
}
