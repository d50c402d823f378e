import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import type { UpstreamSet } from '../upstream/upstream.ts';

/** One answer of a predictor. */
export interface Prediction {
  /** One of the predictor's labels, or null when there is no usable answer (then `failure` says why). */
  label: string | null;
  /** Calibrated, in the order of `labels`, summing to 1; null when the predictor gives none. */
  probabilities: Float32Array | null;
  failure?: string;
  /** What upstream calls for this answer cost; absent for own models, null when unknown. */
  costUsd?: number | null;
}

export interface PredictOptions {
  signal?: AbortSignal;
  /** Never answer from a cache of earlier upstream calls (latency is measured so). */
  fresh?: boolean;
}

/** A candidate loaded and answering: the one path that evaluates and that serves. */
export interface Predictor {
  readonly manifest: CandidateManifest;
  readonly labels: readonly string[];
  /** Answers in the order of the inputs. Any string is a valid input. A failed upstream call is a null label, never a throw. */
  predict(inputs: readonly string[], options?: PredictOptions): Promise<Prediction[]>;
  close(): Promise<void>;
}

/** What loading a predictor may need besides its folder. */
export interface PredictorEnvironment {
  upstreams: UpstreamSet;
  /** Loads a part of a combined candidate from a folder inside it. */
  load(directory: string): Promise<Predictor>;
}

/** One per kind: turns a verified candidate folder into a predictor. */
export type PredictorLoader = (
  directory: string,
  manifest: CandidateManifest,
  environment: PredictorEnvironment,
) => Promise<Predictor>;
