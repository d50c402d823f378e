import type { ApiKey } from '../../schema/api-key.ts';
import type { KeyStore } from '../../store/store.ts';
import { storeAway } from './access-errors.ts';
import { LeasedValue, type LeaseTimes, type StoreWatch } from './leased-value.ts';

/** Most keys that are remembered; the first learned is forgotten first. */
const MOST_KEYS = 10_000;

/** What keys are remembered by. */
export interface Leasing {
  watch: StoreWatch;
  times: LeaseTimes;
  monotonicMs: () => number;
}

/** The store's keys, at hand while they are in use. Throws the 503 when the store is away and the lease is over. */
export class KeyLookup {
  readonly #store: KeyStore;
  readonly #leasing: Leasing;
  readonly #byHash = new Map<string, LeasedValue<ApiKey | null>>();
  readonly #any: LeasedValue<boolean>;
  #anySeen = false;

  constructor(store: KeyStore, leasing: Leasing) {
    this.#store = store;
    this.#leasing = leasing;
    this.#any = new LeasedValue({ ask: async () => (await store.list()).length > 0, ...leasing });
  }

  /** Whether this key was seen before. */
  knows(hash: string): boolean {
    return this.#byHash.has(hash);
  }

  /** Without a promise for a key seen lately. */
  find(hash: string): ApiKey | null | Promise<ApiKey | null> {
    const known = this.#byHash.get(hash);
    return known === undefined ? this.#learn(hash) : orAway(known);
  }

  /** Whether a key was ever made; a revoked one counts, or revoking the last one would open the server. */
  any(): boolean | Promise<boolean> {
    if (this.#anySeen) return true;
    const any = orAway(this.#any);
    if (any instanceof Promise) return any.then((value) => (this.#anySeen = value));
    return (this.#anySeen = any);
  }

  /** A hash that nobody knows is not remembered: its key may be made the moment after, and strangers could fill the memory. */
  async #learn(hash: string): Promise<ApiKey | null> {
    const value = new LeasedValue({ ask: () => this.#store.findByHash(hash), ...this.#leasing });
    const key = await orAway(value);
    if (key === null) return null;
    if (this.#byHash.size >= MOST_KEYS) this.#byHash.delete(this.#byHash.keys().next().value!);
    this.#byHash.set(hash, value);
    return key;
  }
}

function orAway<T>(value: LeasedValue<T>): T | Promise<T> {
  try {
    const got = value.get();
    return got instanceof Promise ? got.catch(raiseAway) : got;
  } catch {
    return raiseAway();
  }
}

/** Why the store is away was told to its watch. */
function raiseAway(): never {
  throw storeAway();
}
