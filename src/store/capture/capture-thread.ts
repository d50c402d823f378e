import { Worker } from 'node:worker_threads';
import { messageOf } from '../../errors/homegrown-error.ts';

const RESTART = { firstMs: 10, longestMs: 5000, forgottenMs: 60_000 };

export interface CaptureThreadOptions<FromThread> {
  /** Name of the worker file, without its ending. */
  file: 'journal-worker' | 'drain-worker';
  /** What a new thread starts with. */
  setup(): unknown;
  onMessage(message: Exclude<FromThread, Done>): void;
  /** A thread died and another one starts. */
  onRestart(reason: string): void;
}

/** Something that a thread answers when it is done. */
type Errand = { readonly kind: 'flush' | 'close'; readonly id: number };
type Done = { readonly kind: 'done'; readonly id: number };

/** A thread of the capture. One that dies is started again, after growing pauses, and told again what it had not done. */
export class CaptureThread<ToThread, FromThread extends { kind: string }> {
  readonly #options: CaptureThreadOptions<FromThread>;
  #worker: Worker;
  #isClosing = false;
  #isAwaited = false;
  readonly #errands = new Map<number, { errand: Errand; resolve(): void }>();
  #nextId = 1;
  #deaths = 0;
  #startedAt = 0;
  #reason = 'it ended by itself';

  constructor(options: CaptureThreadOptions<FromThread>) {
    this.#options = options;
    this.#worker = this.#start();
  }

  post(message: ToThread | Errand): void {
    this.#worker.postMessage(message);
  }

  /** Resolves when the thread has done it; nothing comes after `close`. */
  ask(kind: Errand['kind']): Promise<void> {
    return new Promise((resolve) => {
      const errand = { kind, id: this.#nextId++ };
      this.#errands.set(errand.id, { errand, resolve });
      if (kind === 'close') this.#isClosing = true;
      this.#keepAlive();
      this.post(errand);
    });
  }

  #start(): Worker {
    const { file, setup, onMessage } = this.#options;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./${file}.${extension}`, import.meta.url), { workerData: setup() });
    this.#startedAt = performance.now();
    worker.on('message', (message: FromThread | Done) => {
      if (message.kind === 'done') this.#done((message as Done).id);
      else onMessage(message as Exclude<FromThread, Done>);
    });
    worker.on('error', (error) => (this.#reason = messageOf(error)));
    worker.on('exit', () => this.#onExit());
    worker.unref();
    return worker;
  }

  #done(id: number): void {
    this.#errands.get(id)?.resolve();
    this.#errands.delete(id);
    this.#keepAlive();
  }

  /** Whether the process must go on until the thread has answered. */
  set isAwaited(isAwaited: boolean) {
    this.#isAwaited = isAwaited;
    this.#keepAlive();
  }

  #keepAlive(): void {
    if (this.#isAwaited || this.#errands.size > 0) this.#worker.ref();
    else this.#worker.unref();
  }

  #onExit(): void {
    if (this.#isClosing && this.#errands.size === 0) return;
    if (performance.now() - this.#startedAt > RESTART.forgottenMs) this.#deaths = 0;
    const pauseMs = Math.min(RESTART.longestMs, RESTART.firstMs * 4 ** this.#deaths++);
    const timer = setTimeout(() => this.#restart(), pauseMs);
    if (!this.#isAwaited && this.#errands.size === 0) timer.unref();
  }

  #restart(): void {
    this.#worker = this.#start();
    this.#options.onRestart(this.#reason);
    for (const { errand } of this.#errands.values()) this.post(errand);
    this.#keepAlive();
  }
}
