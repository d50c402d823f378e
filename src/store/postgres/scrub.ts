import type { PostgresDatabase } from './postgres-database.ts';

const TABLES_WITH_CONTENTS = ['inferences', 'inference_bodies', 'inference_tags', 'feedback'];

/**
 * Writes the tables with what people wrote anew, so that their files hold no byte of what was deleted. Each is locked meanwhile:
 * captures and feedback wait. The log of Postgres (`pg_wal`), its archives and backups are its administrator's.
 */
export async function scrub(database: PostgresDatabase): Promise<void> {
  await database.alone(async (client) => {
    for (const table of TABLES_WITH_CONTENTS) await client.query(`VACUUM (FULL, ANALYZE) ${table}`);
  });
}
