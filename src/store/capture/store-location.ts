import type { Store } from '../store.ts';

/** Where a store is, in words that can be handed to another thread. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }
  /** A module whose `openStore(settings)` opens it. */
  | { readonly kind: 'module'; readonly url: string; readonly settings: unknown };

interface StoreModule {
  openStore(settings: unknown): Promise<Pick<Store, 'inferences' | 'close'>>;
}

/** Opens the part of a store that captures go to; a thread loads no more than the one it needs. Throws `store/…`. */
export async function openStoreAt(location: StoreLocation): Promise<Pick<Store, 'inferences' | 'close'>> {
  if (location.kind === 'sqlite') {
    const { openSqliteStore } = await import('../sqlite/sqlite-store.ts');
    return openSqliteStore(location.path);
  }
  if (location.kind === 'postgres') {
    const { openPostgresStore } = await import('../postgres/postgres-store.ts');
    return openPostgresStore(location.url, { connections: 2 });
  }
  const { openStore } = (await import(location.url)) as StoreModule;
  return openStore(location.settings);
}
