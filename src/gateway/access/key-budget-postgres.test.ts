import { afterEach } from 'vitest';
import { describeManyCallers } from '../../../test/support/many-callers.ts';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { openPostgresStore } from '../../store/postgres/postgres-store.ts';
import type { AllowanceStore, Store } from '../../store/store.ts';

describeWithPostgres('budgets', (server) => {
  const stores: Store[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });

  async function open(): Promise<AllowanceStore> {
    const store = await openPostgresStore(server().url(), { connections: 4 });
    stores.push(store);
    return store.allowances;
  }

  describeManyCallers('of one Postgres', open, [1]);
});
