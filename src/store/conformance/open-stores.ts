import type { Store } from '../store.ts';

/** The store of the test that runs now, and further connections to the same data. */
export interface OpenStores {
  readonly store: Store;
  /** One more connection; closed when the test ends. */
  open(): Promise<Store>;
}
