import { z } from 'zod';

/** Where everything is kept besides files. */
export const storeConfigSchema = z.strictObject({
  /** Name of the environment variable with the address of a Postgres database (`postgres://…`), for replicas that share it. Left out: SQLite in `.homegrown/store.db`. */
  postgresUrlEnv: z.string().optional(),
});
export type StoreConfig = z.infer<typeof storeConfigSchema>;
