import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, requestCut } from './api-error.ts';

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers what Node's HTTP parser rejects, unknown expectations and CONNECT in the same shape as every other error. */
export function answerBrokenHttp(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    endWith(socket, brokenHttp(error.code));
  });
  server.on('checkExpectation', (_request, response) => {
    const error = new ApiError({
      status: 417,
      code: 'expectation_failed',
      message: 'The only "expect" header that this server knows is "100-continue".',
    });
    const body = error.toBody();
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    response.writeHead(error.status, { ...headers, connection: 'close' });
    response.end(body);
  });
  server.on('connect', (_request, socket: Duplex) => {
    endWith(
      socket,
      new ApiError({ status: 405, code: 'method_not_allowed', message: 'This server is no proxy.' }),
    );
  });
}

function brokenHttp(code: string | undefined): ApiError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError({ status: 431, code: 'headers_too_large', message: 'The headers are too large.' });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError({
        status: 408,
        code: 'request_timeout',
        message: 'The request did not arrive in time.',
      });
    case 'HPE_INVALID_EOF_STATE':
      return requestCut();
    default:
      return new ApiError({ status: 400, code: 'malformed_http', message: 'This is not valid HTTP.' });
  }
}

function endWith(socket: Duplex, error: ApiError): void {
  const body = error.toBody();
  const head = [
    `HTTP/1.1 ${error.status} ${REASONS[error.status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
