import type { ApiKey } from '../schema/api-key.ts';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import type { ErasureRecord } from '../schema/erasure.ts';
import type { Feedback, FeedbackKind } from '../schema/feedback.ts';
import type { AnsweredAs, Endpoint, Inference, InferenceSummary } from '../schema/inference.ts';

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
  /** What the state was entered with: its share of the calls, its limits. */
  readonly settings: JsonValue;
}

/** Why deployments changed. `breach` is a rollback that a gate asked for; in `erase` a version without erased examples takes a version's place. */
export type DeploymentAction =
  | 'first-live'
  | 'shadow'
  | 'canary'
  | 'promote'
  | 'rollback'
  | 'breach'
  | 'erase'
  | 'retire';

/** One model's change of state; `from` is what the writer believes it is now (null: never deployed). */
export interface StateChange {
  readonly version: number;
  readonly from: DeploymentState | null;
  readonly to: DeploymentState;
  /** Of the new state; null when left out. */
  readonly settings?: JsonValue;
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
   * Adds a record and returns it; `registeredAt` is now unless an import says otherwise. When the task already has a model of this
   * fingerprint that record is returned instead. Throws `store/conflict` when another model has this version.
   */
  add(record: Omit<ModelRecord, 'registeredAt'> & { registeredAt?: string }): Promise<ModelRecord>;
  find(task: string, version: number): Promise<ModelRecord | null>;
  findByFingerprint(task: string, fingerprint: string): Promise<ModelRecord | null>;
  /** By task, then version. */
  list(task?: string): Promise<ModelRecord[]>;
}

/** Which model answers which task, and how that came to be. At most one model per task is live, one canary and one shadow. */
export interface DeploymentStore {
  /** By task, then version. */
  list(task?: string): Promise<Deployment[]>;
  /** Throws `store/conflict` and changes nothing when a `from` is not what is stored or a second model would be live (canary, shadow). */
  apply(change: DeploymentChange): Promise<Transition[]>;
  /** Oldest first. */
  history(task: string): Promise<Transition[]>;
  /** Takes over what another store had of a task, ids of transitions aside. Does nothing and returns false when there is a history of it here. */
  restore(task: string, state: DeploymentArchive): Promise<boolean>;
}

/** All that is known of a task's deployments. */
export interface DeploymentArchive {
  readonly deployments: readonly Omit<Deployment, 'task'>[];
  /** Oldest first. */
  readonly history: readonly Omit<Transition, 'task' | 'id'>[];
}

/** Which inferences; all conditions hold together. */
export interface InferenceFilter {
  readonly task?: string;
  readonly endpoint?: Endpoint;
  readonly target?: string;
  readonly answeredAs?: AnsweredAs;
  readonly user?: string;
  readonly group?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** ISO 8601; at or after. */
  readonly since?: string;
  /** ISO 8601; before. */
  readonly until?: string;
  /** Whether it failed. */
  readonly failed?: boolean;
  /** Only those with feedback of one of these kinds. */
  readonly feedback?: readonly FeedbackKind[];
}

/** Some inferences, and where the next ones begin. */
export interface InferencePage<T> {
  readonly rows: readonly T[];
  /** Hand it in as `after`; null at the end. */
  readonly next: string | null;
}

export interface PageOptions {
  /** `next` of the page before. */
  readonly after?: string;
  /** Default 100. */
  readonly limit?: number;
  /** Default `newest`. */
  readonly order?: 'newest' | 'oldest';
}

/** An inference with all that was said of it, oldest first. */
export interface InferenceWithFeedback {
  readonly inference: Inference;
  readonly feedback: readonly Feedback[];
}

/** What a target did for a task in a span of time: what gates look at. */
export interface TargetTally {
  readonly target: string;
  readonly answeredAs: AnsweredAs;
  readonly calls: number;
  readonly errors: number;
  /** Inferences by their last feedback. */
  readonly accepted: number;
  readonly edited: number;
  readonly rejected: number;
  readonly corrected: number;
  /** Whole answers that took longer than `slowerThanMs`, when that was asked. */
  readonly slow: number | null;
  /** 95th percentile of whole answers, milliseconds; null without any. */
  readonly p95Ms: number | null;
  /** Sum over calls of known cost, the sum of their squares, and how many those are. */
  readonly costUsd: number;
  readonly costUsdSquares: number;
  readonly pricedCalls: number;
  /** Verdicts by who gave them: by user, else group, else each alone. */
  readonly verdictGroups: VerdictGroups;
}

/** Sums over users (or groups) of how many verdicts each has (`n`) and how many of them accept (`a`): enough to see how alike they are. */
export interface VerdictGroups {
  readonly groups: number;
  readonly nn: number;
  readonly na: number;
  readonly aa: number;
}

/** Calls of which a target was asked first and which it failed to answer, so that somebody else did or nobody. */
export interface PassedOn {
  readonly target: string;
  readonly calls: number;
}

/** Captured calls. */
export interface InferenceStore {
  /** Adds those that are not there yet (by id) and returns how many that were: handing a batch in twice does no harm. */
  append(batch: readonly Inference[]): Promise<number>;
  /** By inference id or by the id in the answer. */
  find(id: string): Promise<InferenceWithFeedback | null>;
  /** The task of each of these that is stored, by inference id or by the id in the answer as it was asked for. */
  tasksOf(ids: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  page(filter: InferenceFilter, options?: PageOptions): Promise<InferencePage<InferenceSummary>>;
  /** The same with contents and feedback. */
  pageWithFeedback(
    filter: InferenceFilter,
    options?: PageOptions,
  ): Promise<InferencePage<InferenceWithFeedback>>;
  count(filter: InferenceFilter): Promise<number>;
  /** Shadows stand beside the others. */
  tally(options: { task: string; since: string; slowerThanMs?: number }): Promise<TargetTally[]>;
  /** What a tally by who answered does not show: failures (not refusals) of who was asked first. */
  passedOn(options: { task: string; since: string }): Promise<PassedOn[]>;
  /** Deletes at most `limit` inferences with their feedback and returns how many; 0 when none is left. */
  deleteSome(filter: InferenceFilter, limit: number): Promise<number>;
}

/** What happened to inferences later. */
export interface FeedbackStore {
  /** Adds those that are not there yet (by id), whether or not their inference is stored yet, and returns how many that were. */
  append(batch: readonly Feedback[]): Promise<number>;
  /** Oldest first, for inference ids and ids in answers alike. */
  of(inference: string): Promise<Feedback[]>;
  /** All feedback in the order it was stored. */
  page(options?: { after?: string; limit?: number }): Promise<InferencePage<Feedback>>;
  /** Deletes what somebody said, and returns how much that was. */
  deleteBy(by: string): Promise<number>;
}

/** Keys of the gateway. */
export interface KeyStore {
  /** Throws `store/conflict` when the id or the hash is there. */
  add(key: ApiKey): Promise<void>;
  findByHash(hash: string): Promise<ApiKey | null>;
  /** Oldest first. */
  list(): Promise<ApiKey[]>;
  /** Returns the key as it is now, null when there is none; a revoked key keeps its first time. */
  revoke(id: string, at: string): Promise<ApiKey | null>;
}

/** An amount that several processes may not use up beyond a limit. */
export interface Allowance {
  /** What is counted, for example `key_…/usd`. */
  readonly counter: string;
  /** The window of time it belongs to, for example `2026-11-24T10:05Z`. */
  readonly window: string;
}

/** What was erased on request, for audits. */
export interface ErasureStore {
  /** Adds a record unless one of its id is there. */
  add(record: ErasureRecord): Promise<void>;
  /** Oldest first. */
  list(): Promise<ErasureRecord[]>;
}

/** Counters that hold under concurrency and across replicas. */
export interface AllowanceStore {
  /**
   * Takes up to `wanted` out of what `limit` leaves, in one atomic step, and returns how much: `wanted`, or what is left when
   * that is at least `least`, or 0.
   */
  take(
    allowance: Allowance & { readonly wanted: number; readonly least: number; readonly limit: number },
  ): Promise<number>;
  giveBack(allowance: Allowance & { readonly amount: number }): Promise<void>;
  used(allowance: Allowance): Promise<number>;
  /** Forgets windows that were over at a time: names of windows are beginnings of ISO 8601 (`2026-11`, `2026-11-24T10:05Z`) or `ever`. */
  deleteBefore(at: string): Promise<number>;
}

/** Files of registered models, for replicas that share a database and no disk. */
export interface ModelFileStore {
  /** Stores all files of a model (`path` relative, with `/`) or none; a model that is there already is left as it is. */
  put(
    model: { task: string; version: number },
    files: readonly { path: string; sha256: string; bytes: number; read(): AsyncIterable<Uint8Array> }[],
  ): Promise<void>;
  list(model: { task: string; version: number }): Promise<{ path: string; sha256: string; bytes: number }[]>;
  read(model: { task: string; version: number }, path: string): AsyncIterable<Uint8Array>;
  remove(model: { task: string; version: number }): Promise<void>;
}

/** Everything Homegrown remembers besides files; several processes may use one store at once. Throws HomegrownError `store/…`. */
export interface Store {
  readonly models: ModelStore;
  readonly deployments: DeploymentStore;
  readonly inferences: InferenceStore;
  readonly feedback: FeedbackStore;
  readonly keys: KeyStore;
  readonly allowances: AllowanceStore;
  readonly erasures: ErasureStore;
  /** null: model files are on this machine's disk, where all processes that share the store see them. */
  readonly modelFiles: ModelFileStore | null;
  /** Removes every trace of what was deleted from the files of the database, as far as it is in our hands. */
  scrub(): Promise<void>;
  close(): Promise<void>;
}
