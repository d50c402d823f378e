import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allowanceConformance } from './conformance/allowances.conformance.ts';
import { erasureConformance } from './conformance/erasure.conformance.ts';
import { feedbackConformance } from './conformance/feedback.conformance.ts';
import { inferenceConformance } from './conformance/inferences.conformance.ts';
import { keyConformance } from './conformance/keys.conformance.ts';
import type { OpenStores } from './conformance/open-stores.ts';
import { pagingConformance } from './conformance/paging.conformance.ts';
import { registryConformance } from './conformance/registry.conformance.ts';
import { tallyConformance } from './conformance/tally.conformance.ts';
import type { Store } from './store.ts';

/** Opens stores over one fresh database: called twice it gives two connections to the same data. */
export interface StoreFactory {
  open(): Promise<Store>;
  /** Removes the database. */
  dispose(): Promise<void>;
}

/** What every store must do. */
export function storeConformance(name: string, makeFactory: () => Promise<StoreFactory>): void {
  describe(name, () => {
    const stores = new StoresOfOneTest();
    beforeEach(async () => stores.begin(await makeFactory()));
    afterEach(() => stores.end());

    describe('models and deployments', () => registryConformance(stores));
    describe('inferences', () => inferenceConformance(stores));
    describe('pages and filters', () => pagingConformance(stores));
    describe('feedback', () => feedbackConformance(stores));
    describe('tally', () => tallyConformance(stores));
    describe('deleting', () => erasureConformance(stores));
    describe('keys', () => keyConformance(stores));
    describe('allowances', () => allowanceConformance(stores));

    test('may be closed twice', async () => {
      await stores.store.close();
      await expect(stores.store.close()).resolves.toBeUndefined();
    });

    test('says that it was closed', async () => {
      await stores.store.close();
      const closed = { code: 'store/closed', hint: expect.stringContaining('open it again') as string };
      await expect(stores.store.inferences.count({})).rejects.toMatchObject(closed);
      await expect(stores.store.models.list('topic')).rejects.toMatchObject(closed);
    });
  });
}

class StoresOfOneTest implements OpenStores {
  #factory: StoreFactory | undefined;
  #opened: Store[] = [];

  async begin(factory: StoreFactory): Promise<void> {
    this.#factory = factory;
    await this.open();
  }

  async end(): Promise<void> {
    for (const store of this.#opened) await store.close();
    this.#opened = [];
    await this.#factory?.dispose();
  }

  get store(): Store {
    return this.#opened[0]!;
  }

  async open(): Promise<Store> {
    const store = await this.#factory!.open();
    this.#opened.push(store);
    return store;
  }
}
