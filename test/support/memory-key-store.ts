import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiKey } from '../../src/schema/api-key.ts';
import type { KeyStore } from '../../src/store/store.ts';

/** Keys in memory that can go away and come back. */
export class MemoryKeyStore implements KeyStore {
  readonly keys: ApiKey[] = [];
  away: false | 'fails' | 'hangs' = false;
  questions = 0;

  async add(key: ApiKey): Promise<void> {
    await this.#answer();
    this.keys.push(key);
  }

  async findByHash(hash: string): Promise<ApiKey | null> {
    await this.#answer();
    const found = this.keys.find((key) => key.hash === hash);
    return found === undefined ? null : { ...found };
  }

  async list(): Promise<ApiKey[]> {
    await this.#answer();
    return this.keys.map((key) => ({ ...key }));
  }

  async revoke(id: string, at: string): Promise<ApiKey | null> {
    await this.#answer();
    const found = this.keys.find((key) => key.id === id);
    if (found === undefined) return null;
    found.revokedAt ??= at;
    return { ...found };
  }

  async #answer(): Promise<void> {
    this.questions += 1;
    if (this.away === 'fails') throw new Error('connection refused');
    if (this.away === 'hangs') await sleep(60_000, undefined, { ref: false });
  }
}
