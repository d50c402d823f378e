import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { AllowanceStore, KeyStore, Store } from '../../src/store/store.ts';

/** A real store in a temporary directory whose keys and allowances can be made to go away and come back. */
export class StoreWithOutages {
  readonly keys: KeyStore;
  readonly allowances: AllowanceStore;
  away: false | 'fails' | 'hangs' = false;
  questions = 0;
  readonly path: string;
  readonly #store: Store;
  readonly #directory: string;

  private constructor(store: Store, directory: string) {
    this.#store = store;
    this.#directory = directory;
    this.path = join(directory, 'store.db');
    this.keys = this.#guarded(store.keys);
    this.allowances = this.#guarded(store.allowances);
  }

  static async open(): Promise<StoreWithOutages> {
    const directory = await mkdtemp(join(tmpdir(), 'homegrown-outages-'));
    return new StoreWithOutages(await openSqliteStore(join(directory, 'store.db')), directory);
  }

  async close(): Promise<void> {
    await this.#store.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The same object, asked through the outage. */
  #guarded<T extends object>(part: T): T {
    return new Proxy(part, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
        return async (...given: unknown[]) => {
          await this.#answer();
          return method.apply(target, given);
        };
      },
    });
  }

  async #answer(): Promise<void> {
    this.questions += 1;
    if (this.away === 'fails') throw new Error('connection refused');
    if (this.away === 'hangs') await sleep(600_000, undefined, { ref: false });
  }
}
