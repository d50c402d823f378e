import type { IncomingHttpHeaders } from 'node:http';
import type { AccessConfig } from '../../schema/access-config.ts';
import type { ApiKey } from '../../schema/api-key.ts';
import type { Store } from '../../store/store.ts';
import type { CallFacts } from '../call-facts.ts';
import type { Admission, Caller, Gatekeeper } from '../gatekeeper.ts';
import { expiredKey, keysNeeded, malformedKey, missingKey, revokedKey, unknownKey } from './access-errors.ts';
import { Budgets } from './budgets.ts';
import type { CallPrices } from './call-prices.ts';
import { requireScope } from './caller-rights.ts';
import { KeyLookup } from './key-lookup.ts';
import { hashOfKey, isKeySecret } from './key-secret.ts';
import { StoreWatch, type StoreNews } from './leased-value.ts';
import { isLoopback, whyNotLocal } from './local-request.ts';
import { presentedKey } from './presented-key.ts';
import { SteadyClock } from './steady-clock.ts';

/** How old what the store said may be, so that a revocation is followed within 2 seconds; and the longest wait for it. */
const TIMES = { freshMs: 1000, staleMs: 1500, waitMs: 2000 };

/** What a gatekeeper over stored keys needs. */
export interface KeyGatekeeperOptions {
  store: Pick<Store, 'keys' | 'allowances'>;
  /** What calls cost, for keys with a budget. */
  prices: CallPrices;
  access: AccessConfig;
  /** The address that the server listens on. */
  host: string;
  clock?: SteadyClock;
  /** Is told when the store goes away and when it comes back. */
  onStore?: StoreNews;
}

/** Lets in who has a key; without any key, programs on this machine, if nobody else can reach it. */
export class KeyGatekeeper implements Gatekeeper {
  readonly #access: AccessConfig;
  readonly #keys: KeyLookup;
  readonly #clock: SteadyClock;
  readonly #isReachable: boolean;
  readonly #callers = new WeakMap<ApiKey, Caller>();
  readonly #keysOf = new WeakMap<Caller, ApiKey>();
  readonly #budgets: Budgets;

  constructor(options: KeyGatekeeperOptions) {
    const { store, access, host, prices, clock = new SteadyClock(), onStore } = options;
    this.#access = access;
    this.#clock = clock;
    this.#isReachable = !isLoopback(host);
    const monotonicMs = (): number => clock.monotonicMs();
    const watch = new StoreWatch(monotonicMs, onStore);
    const times = { ...TIMES, leaseMs: access.leaseSeconds * 1000 };
    this.#keys = new KeyLookup(store.keys, { watch, times, monotonicMs });
    const { allowances } = store;
    this.#budgets = new Budgets({ allowances, watch, clock, leaseMs: times.leaseMs, prices });
  }

  identify(headers: IncomingHttpHeaders, address: string | undefined): Caller | Promise<Caller> {
    if (this.#access.keys === 'never') return ANYBODY;
    if (this.#access.keys === 'always') return this.#withKey(headers);
    const any = this.#keys.any();
    if (any === true) return this.#withKey(headers);
    if (any === false) return this.#perhapsFirstKey(headers, address);
    return any.then((known) => (known ? this.#withKey(headers) : this.#perhapsFirstKey(headers, address)));
  }

  admit(
    caller: Caller,
    facts: CallFacts,
    targets: readonly string[],
    asked: readonly string[] = [],
  ): Admission | Promise<Admission> {
    requireScope(caller, facts, targets);
    const key = this.#keysOf.get(caller);
    if (key === undefined || key.limits.length === 0) return FREE;
    return this.#budgets.admit(key, { facts, targets, asked });
  }

  async warning({ isReachable }: { isReachable: boolean }): Promise<string | null> {
    if (!isReachable) return null;
    if (this.#access.keys === 'never')
      return 'other machines can reach this server and `access.keys` is "never": whoever does may use and change everything';
    if (await this.#keys.any()) return null;
    return 'other machines can reach this server and there are no keys: it refuses every call until one is made with `homegrown keys create`';
  }

  close(): Promise<void> {
    return this.#budgets.close();
  }

  /** The first key works at once, not only when it is next looked whether there is one. */
  #perhapsFirstKey(headers: IncomingHttpHeaders, address: string | undefined): Caller | Promise<Caller> {
    const secret = presentedKey(headers);
    if (secret === null || !isKeySecret(secret)) return this.#withoutKeys(headers, address);
    const found = Promise.resolve(this.#keys.find(hashOfKey(secret)));
    return found.then((key) => (key === null ? this.#withoutKeys(headers, address) : this.#callerOf(key)));
  }

  #withoutKeys(headers: IncomingHttpHeaders, address: string | undefined): Caller {
    if (this.#isReachable) throw keysNeeded('other machines can reach the address it listens on');
    const why = whyNotLocal(headers, address);
    if (why !== null) throw keysNeeded(why);
    return ANYBODY;
  }

  #withKey(headers: IncomingHttpHeaders): Caller | Promise<Caller> {
    const secret = presentedKey(headers);
    if (secret === null) throw missingKey();
    const hash = hashOfKey(secret);
    if (!this.#keys.knows(hash) && !isKeySecret(secret)) throw malformedKey();
    const found = this.#keys.find(hash);
    return found instanceof Promise ? found.then((key) => this.#callerOf(key)) : this.#callerOf(found);
  }

  #callerOf(key: ApiKey | null): Caller {
    if (key === null) throw unknownKey();
    if (key.revokedAt !== null) throw revokedKey(key.id, key.revokedAt);
    if (key.expiresAt !== null && this.#isPast(key.expiresAt)) throw expiredKey(key.id, key.expiresAt);
    let caller = this.#callers.get(key);
    if (caller === undefined) {
      caller = callerWith(key);
      this.#callers.set(key, caller);
      this.#keysOf.set(caller, key);
    }
    return caller;
  }

  /** Either clock is enough: a step back revives no key. */
  #isPast(at: string): boolean {
    return Date.parse(at) <= Math.max(Date.now(), this.#clock.now());
  }
}

/** Who calls a server that asks for no key. */
const ANYBODY: Caller = { key: null, role: 'admin', tasks: null, mayCall: () => true };

/** A call without limits. */
const FREE: Admission = { settle: () => undefined };

function callerWith({ id, role, tasks }: ApiKey): Caller {
  const mayCall = (task: string | null): boolean => tasks === null || (task !== null && tasks.includes(task));
  return { key: id, role, tasks, mayCall };
}
