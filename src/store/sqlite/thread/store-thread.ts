import { Worker } from 'node:worker_threads';
import { HomegrownError, messageOf } from '../../../errors/homegrown-error.ts';
import type { Store } from '../../store.ts';
import { OpenRequests } from '../../../util/open-requests.ts';
import { storeClosed } from '../../sql/store-closed.ts';
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

class StoreThread {
  readonly opened: Promise<unknown>;
  readonly #path: string;
  readonly #worker: Worker;
  readonly #requests = new OpenRequests();
  #closing: Promise<void> | undefined;
  #isGone = false;
  #reason = 'it ended by itself';

  constructor(setup: StoreThreadSetup) {
    this.#path = setup.path;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const file = new URL(`./store-worker.${extension}`, import.meta.url);
    this.#worker = new Worker(file, { workerData: setup });
    this.#worker.on('message', (answer: StoreAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => (this.#reason = messageOf(error)));
    this.#worker.on('exit', () => this.#onExit());
    // The first request is the opening, which the thread begins unasked.
    this.opened = this.#ask(() => undefined).catch(async (error: unknown) => {
      await this.#worker.terminate();
      throw error;
    });
  }

  async call(part: Part | null, method: string, parameters: readonly unknown[]): Promise<unknown> {
    if (this.#closing !== undefined) throw storeClosed(this.#path);
    return this.#post({ part, method, parameters });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    if (this.#isGone) return;
    await this.#post({ part: null, method: 'close', parameters: [] });
    await this.#worker.terminate();
  }

  #post(call: Omit<StoreCall, 'id'>): Promise<unknown> {
    return this.#ask((id) => this.#worker.postMessage({ id, ...call } satisfies StoreCall));
  }

  /** The process stays alive for what it waits for, not for an idle store. */
  #ask(send: (id: number) => void): Promise<unknown> {
    return this.#requests.open((id) => {
      send(id);
      this.#worker.ref();
    });
  }

  #settle(answer: StoreAnswer): void {
    if ('failure' in answer) this.#requests.reject(answer.id, new HomegrownError(answer.failure));
    else this.#requests.resolve(answer.id, answer.result);
    if (this.#requests.size === 0) this.#worker.unref();
  }

  #onExit(): void {
    this.#isGone = true;
    this.#requests.failAll(this.#gone());
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
