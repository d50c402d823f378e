import type { AllowanceStore } from '../../store/store.ts';
import type { LoadedCandidate } from '../model-pool.ts';

/** Money is counted in millionths of a dollar: sums of many small costs stay exact. */
const MICRO = 1e6;

/**
 * What a shadow may spend, over all servers together: a copy reserves what the dearest one so far cost, or a hundredth of the limit
 * before anything is known, and gives back what it did not use.
 */
export class ShadowBudget {
  readonly #allowances: Pick<AllowanceStore, 'take' | 'giveBack'>;
  readonly #counter: string;
  readonly #limit: number;
  #dearest: number | null = null;

  constructor(
    allowances: Pick<AllowanceStore, 'take' | 'giveBack'>,
    { task, shadow, maxUsd }: { task: string; shadow: LoadedCandidate; maxUsd: number },
  ) {
    this.#allowances = allowances;
    this.#counter = `shadow/${task}@${shadow.version}/${shadow.since}`;
    this.#limit = maxUsd * MICRO;
  }

  /** Reserves for one copy; null: there is not enough left. */
  async reserve(): Promise<number | null> {
    const wanted = Math.max(1, Math.ceil(this.#dearest ?? this.#limit / 100));
    const taken = await this.#allowances.take({
      ...this.#allowance,
      wanted,
      least: wanted,
      limit: this.#limit,
    });
    return taken > 0 ? taken : null;
  }

  /** Settles a copy. What it cost beyond the reserve is taken as well, as far as there is something left. */
  async settle(reserved: number, costUsd: number): Promise<void> {
    const cost = Math.ceil(costUsd * MICRO);
    this.#dearest = Math.max(this.#dearest ?? 0, cost);
    if (cost < reserved) await this.#allowances.giveBack({ ...this.#allowance, amount: reserved - cost });
    if (cost > reserved)
      await this.#allowances.take({
        ...this.#allowance,
        wanted: cost - reserved,
        least: 1,
        limit: this.#limit,
      });
  }

  get #allowance(): { counter: string; window: string } {
    return { counter: this.#counter, window: 'ever' };
  }
}
