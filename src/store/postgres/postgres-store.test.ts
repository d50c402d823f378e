import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { storeConformance } from '../store.conformance.ts';
import { openPostgresStore } from './postgres-store.ts';

describeWithPostgres('Postgres', (server) => {
  storeConformance('store', async () => {
    const url = await server().createDatabase();
    return { open: () => openPostgresStore(url), dispose: () => server().dropDatabase(url) };
  });
});
