import { candidateManifestSchema } from '../../schema/candidate-manifest.ts';
import type { Deployment, DeploymentAction, DeploymentState, ModelRecord, Transition } from '../store.ts';
import { json, text, textOrNull } from './column-values.ts';
import type { Row } from './database.ts';

/** A row of `models`. */
export function modelRecordOf(row: Row): ModelRecord {
  return {
    task: text(row, 'task'),
    version: Number(row['version']),
    fingerprint: text(row, 'fingerprint'),
    manifest: candidateManifestSchema.parse(json(row, 'manifest')),
    evaluation: json(row, 'evaluation'),
    registeredAt: text(row, 'registered_at'),
  };
}

/** A row of `deployments`. */
export function deploymentOf(row: Row): Deployment {
  return {
    task: text(row, 'task'),
    version: Number(row['version']),
    state: text(row, 'state') as DeploymentState,
    since: text(row, 'since'),
    settings: json(row, 'settings'),
  };
}

/** A row of `transitions`. */
export function transitionOf(row: Row): Transition {
  return {
    id: Number(row['id']),
    task: text(row, 'task'),
    version: Number(row['version']),
    from: textOrNull(row, 'from_state') as DeploymentState | null,
    to: text(row, 'to_state') as DeploymentState,
    settings: json(row, 'settings'),
    action: text(row, 'action') as DeploymentAction,
    by: text(row, 'by'),
    reason: textOrNull(row, 'reason'),
    evidence: json(row, 'evidence'),
    at: text(row, 'at'),
  };
}
