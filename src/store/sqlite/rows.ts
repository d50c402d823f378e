import type { SQLOutputValue } from 'node:sqlite';
import { candidateManifestSchema } from '../../schema/candidate-manifest.ts';
import type {
  Deployment,
  DeploymentAction,
  DeploymentState,
  JsonValue,
  ModelRecord,
  Transition,
} from '../store.ts';

/** One row as SQLite gives it. */
export type Row = Record<string, SQLOutputValue>;

const json = (row: Row, column: string): JsonValue => JSON.parse(String(row[column])) as JsonValue;
const textOrNull = (row: Row, column: string): string | null =>
  row[column] === null ? null : String(row[column]);

/** A row of `models`. */
export function modelRecordOf(row: Row): ModelRecord {
  return {
    task: String(row['task']),
    version: Number(row['version']),
    fingerprint: String(row['fingerprint']),
    manifest: candidateManifestSchema.parse(json(row, 'manifest')),
    evaluation: json(row, 'evaluation'),
    registeredAt: String(row['registered_at']),
  };
}

/** A row of `deployments`. */
export function deploymentOf(row: Row): Deployment {
  return {
    task: String(row['task']),
    version: Number(row['version']),
    state: String(row['state']) as DeploymentState,
    since: String(row['since']),
  };
}

/** A row of `transitions`. */
export function transitionOf(row: Row): Transition {
  return {
    id: Number(row['id']),
    task: String(row['task']),
    version: Number(row['version']),
    from: textOrNull(row, 'from_state') as DeploymentState | null,
    to: String(row['to_state']) as DeploymentState,
    action: String(row['action']) as DeploymentAction,
    by: String(row['by']),
    reason: textOrNull(row, 'reason'),
    evidence: json(row, 'evidence'),
    at: String(row['at']),
  };
}
