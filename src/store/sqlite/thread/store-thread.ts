import { Worker } from 'node:worker_threads';
import { HomegrownError, messageOf } from '../../../errors/homegrown-error.ts';
import type { Store } from '../../store.ts';
import type { SqliteStoreOptions } from '../sqlite-store.ts';
import {
  METHODS,
  type Part,
  type StoreAnswer,
  type StoreCall,
  type StoreThreadSetup,
} from './store-messages.ts';

/**
 * The embedded store in a thread of its own. SQLite answers synchronously: a list of a million captures, a scrub or a wait for
 * another writer would stop everything else in the process that serves.
 */
export async function openSqliteStoreInThread(
  path: string,
  { busyTimeoutMs }: SqliteStoreOptions = {},
): Promise<Store> {
  const thread = new StoreThread({ path, busyTimeoutMs });
  await thread.opened;
  return {
    models: proxyOf(thread, 'models'),
    deployments: proxyOf(thread, 'deployments'),
    inferences: proxyOf(thread, 'inferences'),
    feedback: proxyOf(thread, 'feedback'),
    keys: proxyOf(thread, 'keys'),
    allowances: proxyOf(thread, 'allowances'),
    erasures: proxyOf(thread, 'erasures'),
    modelFiles: null,
    scrub: async () => void (await thread.call(null, 'scrub', [])),
    close: () => thread.close(),
  };
}

function proxyOf<P extends Part>(thread: StoreThread, part: P): Store[P] {
  const methods = Object.keys(METHODS[part]).map((method) => [
    method,
    (...parameters: unknown[]) => thread.call(part, method, parameters),
  ]);
  return Object.fromEntries(methods) as Store[P];
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

class StoreThread {
  readonly opened: Promise<unknown>;
  readonly #path: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #closing: Promise<void> | undefined;
  #isGone = false;
  #reason = 'the store was closed';

  constructor(setup: StoreThreadSetup) {
    this.#path = setup.path;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const file = new URL(`./store-worker.${extension}`, import.meta.url);
    this.#worker = new Worker(file, { workerData: setup });
    this.#worker.on('message', (answer: StoreAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => (this.#reason = messageOf(error)));
    this.#worker.on('exit', () => this.#onExit());
    this.opened = this.#wait(0).catch(async (error: unknown) => {
      await this.#worker.terminate();
      throw error;
    });
  }

  async call(part: Part | null, method: string, parameters: readonly unknown[]): Promise<unknown> {
    if (this.#isGone || this.#closing !== undefined) throw this.#gone();
    return this.#post({ id: this.#nextId++, part, method, parameters });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    if (this.#isGone) return;
    await this.#post({ id: this.#nextId++, part: null, method: 'close', parameters: [] });
    await this.#worker.terminate();
  }

  #post(call: StoreCall): Promise<unknown> {
    const answer = this.#wait(call.id);
    this.#worker.postMessage(call);
    return answer;
  }

  /** The process stays alive for what it waits for, not for an idle store. */
  #wait(id: number): Promise<unknown> {
    this.#worker.ref();
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(answer: StoreAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('failure' in answer) waiting?.reject(new HomegrownError(answer.failure));
    else waiting?.resolve(answer.result);
  }

  #onExit(): void {
    this.#isGone = true;
    for (const { reject } of this.#waiting.values()) reject(this.#gone());
    this.#waiting.clear();
  }

  #gone(): HomegrownError {
    return new HomegrownError({
      code: 'store/failed',
      message: 'the thread that holds the database is gone',
      where: this.#path,
      found: this.#reason,
      hint: 'Start the process again; what was stored is kept.',
    });
  }
}
