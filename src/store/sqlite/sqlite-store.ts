import { allowanceStoreOver } from '../sql/allowance-store.ts';
import { deploymentStoreOver } from '../sql/deployment-store.ts';
import { erasureStoreOver } from '../sql/erasure-store.ts';
import { feedbackStoreOver } from '../sql/feedback-store.ts';
import { inferenceStoreOver } from '../sql/inference-store.ts';
import { keyStoreOver } from '../sql/key-store.ts';
import { modelStoreOver } from '../sql/model-store.ts';
import type { Store } from '../store.ts';
import { appendFeedback } from './append-feedback.ts';
import { appendInferences } from './append-inferences.ts';
import { Connection } from './connection.ts';
import { openDatabase } from './open-database.ts';
import { scrub } from './scrub.ts';

export interface SqliteStoreOptions {
  /** How long to wait for another process's write, milliseconds. */
  busyTimeoutMs?: number;
}

/** The embedded store: one SQLite file in WAL mode. Throws `store/locked`, `store/corrupt`, `store/newer`, … */
export async function openSqliteStore(
  path: string,
  { busyTimeoutMs = 5000 }: SqliteStoreOptions = {},
): Promise<Store> {
  const connection = new Connection(await openDatabase(path, { busyTimeoutMs }), path);
  return {
    models: modelStoreOver(connection),
    deployments: deploymentStoreOver(connection),
    inferences: inferenceStoreOver(connection, async (batch) => appendInferences(connection, batch)),
    feedback: feedbackStoreOver(connection, async (batch) => appendFeedback(connection, batch)),
    keys: keyStoreOver(connection),
    allowances: allowanceStoreOver(connection),
    erasures: erasureStoreOver(connection),
    modelFiles: null,
    scrub: async () => scrub(connection),
    close: async () => connection.close(),
  };
}
