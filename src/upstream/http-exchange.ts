import type { Dispatcher } from 'undici';
import { messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import { BodyDecoder } from './body-decoder.ts';
import type { WireExchange, WireFailure, WireHandler } from './wire-upstream.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;
type Controller = Dispatcher.DispatchController;

/** Headers that belong to one connection or one address, and those that the body's new form makes wrong. */
const NOT_PASSED = new Set([
  'alt-svc',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'content-encoding',
]);

/** One exchange over HTTP: undici's handler on one side, a `WireHandler` on the other. */
export class HttpExchange implements WireExchange, Dispatcher.DispatchHandler {
  readonly #handler: WireHandler;
  #controller: Controller | null = null;
  #decoder: BodyDecoder | null = null;
  #hasBegun = false;
  #hasHead = false;
  /** Nothing more is told to the handler. */
  #isOver = false;
  #isPaused = false;

  constructor(handler: WireHandler) {
    this.#handler = handler;
  }

  /** Sends; what goes wrong at once is told later. */
  begin(send: () => void): void {
    send();
    this.#hasBegun = true;
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#decoder === null) this.#controller?.pause();
    else this.#decoder.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#decoder === null) this.#controller?.resume();
    else this.#decoder.resume();
  }

  abort(): void {
    this.#isOver = true;
    this.#decoder?.destroy();
    this.#controller?.abort(ABORTED);
  }

  fail(failure: WireFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#decoder?.destroy();
    if (this.#hasBegun) this.#handler.onFailure(failure);
    else queueMicrotask(() => this.#handler.onFailure(failure));
  }

  onRequestStart(controller: Controller): void {
    if (this.#isOver) controller.abort(ABORTED);
    else this.#controller = controller;
  }

  onResponseStart(controller: Controller, status: number, headers: Headers): void {
    if (status < 200 || this.#isOver) return;
    this.#hasHead = true;
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== '' && encoding !== 'identity') {
      this.#decoder = BodyDecoder.of(String(encoding), {
        onData: (bytes) => this.#handler.onData(bytes),
        onEnd: () => this.#end(),
        onGarbage: (message) => this.#breakOff({ code: 'bad-encoding', message }),
        onFull: () => controller.pause(),
        onDrain: () => controller.resume(),
      });
      if (this.#decoder === null)
        return this.#breakOff({
          code: 'bad-encoding',
          message: `unknown content-encoding ${String(encoding)}`,
        });
    }
    this.#handler.onHead(status, passedOn(headers));
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#decoder === null) this.#handler.onData(chunk);
    else this.#decoder.write(chunk);
  }

  onResponseEnd(): void {
    if (this.#decoder === null) this.#end();
    else this.#decoder.end();
  }

  onResponseError(_controller: Controller, error: Error): void {
    const unsent = this.#controller === null;
    this.fail({
      code: codeOf(error, { unsent, hasHead: this.#hasHead }),
      message: messageOf(error),
      cause: error,
      unsent,
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.onEnd();
  }

  #breakOff(failure: WireFailure): void {
    this.fail(failure);
    this.#controller?.abort(ABORTED);
  }
}

const ABORTED = new Error('the exchange was given up');

function codeOf(error: Error, { unsent, hasHead }: { unsent: boolean; hasHead: boolean }): string {
  const code = systemCodeOf(error) ?? '';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'connect-timeout';
  if (unsent) return 'unreachable';
  if (error.name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') return 'bad-http';
  return hasHead ? 'cut' : 'reset';
}

function passedOn(headers: Headers): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {};
  const named = connectionNames(headers['connection']);
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !NOT_PASSED.has(name) && named?.includes(name) !== true) passed[name] = value;
  }
  return passed;
}

/** Header names that `connection` lists, besides the usual ones. */
function connectionNames(value: string | string[] | undefined): string[] | null {
  if (value === undefined || value === 'keep-alive' || value === 'close') return null;
  return String(value)
    .split(',')
    .map((name) => name.trim().toLowerCase());
}
