import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresBinaries } from './postgres/postgres-binaries.ts';
import { type PostgresOptions, type PostgresServer, startPostgres } from './postgres/start-postgres.ts';

export { type PostgresOptions, type PostgresServer, startPostgres } from './postgres/start-postgres.ts';

/**
 * Tests that need a Postgres of their own, started before them and removed after them. Where the package is missing they are
 * skipped, but in CI they fail.
 */
export function describeWithPostgres(
  name: string,
  tests: (server: () => PostgresServer) => void,
  options: PostgresOptions = {},
): void {
  if (postgresBinaries() === null) {
    missing(name);
    return;
  }
  describe(name, () => {
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      server = await startPostgres(options);
    });
    afterAll(async () => server?.dispose());
    tests(() => server!);
  });
}

function missing(name: string): void {
  if (process.env['CI'] === 'true') {
    test(`${name}: Postgres is installed`, () => expect(postgresBinaries()).not.toBeNull());
  } else {
    describe.skip(`${name} (skipped: Postgres is not installed; apt-get install postgresql)`, () => {
      test('needs Postgres', () => undefined);
    });
  }
}
