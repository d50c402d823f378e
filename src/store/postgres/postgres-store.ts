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
import { modelFileStoreOver } from './model-file-store.ts';
import { openDatabase } from './open-database.ts';
import type { PostgresOptions } from './postgres-database.ts';
import { scrub } from './scrub.ts';

/** The store that replicas share: the schema `homegrown` of a Postgres database. Throws `store/unreachable`, `store/access-denied`, `store/newer`, … */
export async function openPostgresStore(url: string, options: PostgresOptions = {}): Promise<Store> {
  const database = await openDatabase(url, options);
  return {
    models: modelStoreOver(database),
    deployments: deploymentStoreOver(database),
    inferences: inferenceStoreOver(database, (batch) => appendInferences(database, batch)),
    feedback: feedbackStoreOver(database, (batch) => appendFeedback(database, batch)),
    keys: keyStoreOver(database),
    allowances: allowanceStoreOver(database),
    erasures: erasureStoreOver(database),
    modelFiles: modelFileStoreOver(database),
    scrub: () => scrub(database),
    close: () => database.close(),
  };
}
