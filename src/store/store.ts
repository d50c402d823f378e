import type { CandidateManifest } from '../schema/candidate-manifest.ts';

/** Any value that survives JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a deployed model does for its task; a registered model that was never deployed has no state. */
export type DeploymentState = 'shadow' | 'canary' | 'live' | 'retired';

/** One immutable version of a task's own model. */
export interface ModelRecord {
  readonly task: string;
  /** From 1, per task. */
  readonly version: number;
  /** SHA-256 of the manifest: equal folders have equal fingerprints. */
  readonly fingerprint: string;
  readonly manifest: CandidateManifest;
  readonly evaluation: JsonValue;
  /** ISO 8601. */
  readonly registeredAt: string;
}

export interface Deployment {
  readonly task: string;
  readonly version: number;
  readonly state: DeploymentState;
  /** ISO 8601: when it came into this state. */
  readonly since: string;
}

/** Why deployments changed. */
export type DeploymentAction = 'first-live' | 'promote' | 'rollback';

/** One model's change of state; `from` is what the writer believes it is now (null: never deployed). */
export interface StateChange {
  readonly version: number;
  readonly from: DeploymentState | null;
  readonly to: DeploymentState;
}

/** State changes that happen together or not at all. */
export interface DeploymentChange {
  readonly task: string;
  readonly action: DeploymentAction;
  readonly changes: readonly StateChange[];
  /** Who asked: a person, or the part of Homegrown that decided. */
  readonly by: string;
  readonly reason: string | null;
  readonly evidence: JsonValue;
}

/** One applied state change, kept for ever. */
export interface Transition extends StateChange {
  /** Rises with time within a store. */
  readonly id: number;
  readonly task: string;
  readonly action: DeploymentAction;
  readonly by: string;
  readonly reason: string | null;
  readonly evidence: JsonValue;
  /** ISO 8601. */
  readonly at: string;
}

/** Registered models. Records are never changed. */
export interface ModelStore {
  /**
   * Adds a record and returns it. When the task already has a model of this fingerprint that record is returned instead.
   * Throws `store/conflict` when another model has this version.
   */
  add(record: Omit<ModelRecord, 'registeredAt'>): Promise<ModelRecord>;
  find(task: string, version: number): Promise<ModelRecord | null>;
  findByFingerprint(task: string, fingerprint: string): Promise<ModelRecord | null>;
  /** By task, then version. */
  list(task?: string): Promise<ModelRecord[]>;
}

/** Which model answers which task, and how that came to be. At most one model per task is live. */
export interface DeploymentStore {
  /** By task, then version. */
  list(task?: string): Promise<Deployment[]>;
  /** Throws `store/conflict` and changes nothing when a `from` is not what is stored or a second model would be live. */
  apply(change: DeploymentChange): Promise<Transition[]>;
  /** Oldest first. */
  history(task: string): Promise<Transition[]>;
}

/** Everything Homegrown remembers besides files; several processes may use one store at once. Throws HomegrownError `store/…`. */
export interface Store {
  readonly models: ModelStore;
  readonly deployments: DeploymentStore;
  close(): Promise<void>;
}
