import type { ExampleSet } from '../data/example-set.ts';
import type { Predictor } from '../predictor/predictor.ts';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import type { RungName } from '../schema/rung-name.ts';
import type { Task } from '../task/task.ts';
import type { UpstreamSet } from '../upstream/upstream.ts';

/** A candidate already built in this climb, for rungs that combine others. */
export interface BuiltCandidate {
  manifest: CandidateManifest;
  directory: string;
  /** Metric of the task on validation; null inside a fold of a cross-validation, where there is none. */
  quality: number | null;
}

/** What a rung gets: examples in, an empty directory for each candidate out. */
export interface RungContext {
  task: Task;
  /** All labels of the data set, sorted. */
  labels: readonly string[];
  /** What it may learn from. */
  train: ExampleSet;
  /** What it tunes and calibrates on. Empty in a cross-validation: then it must hold out parts of `train` itself. */
  validation: ExampleSet;
  seed: number;
  /** What is left for this rung. `usd` is null when the task sets no limit. */
  budget: { minutes: number; usd: number | null };
  upstreams: UpstreamSet;
  built: readonly BuiltCandidate[];
  load(directory: string): Promise<Predictor>;
  /**
   * A folder for a training that takes long: what an interrupted build left in it is there again when the climb is gone on with.
   * `homegrown train` shows the run in it.
   */
  trainingDirectory: string;
  /** How often this climb builds the rung: once, or in a cross-validation once for each fold too. */
  trainings: number;
  lineage: CandidateManifest['lineage'];
  /**
   * Makes one candidate whole or not at all: calls `write` with an empty directory for its files, then adds
   * `homegrown.json` with the hash of each file and puts it in its place.
   */
  saveCandidate(
    candidate: {
      name: string;
      kind: CandidateManifest['kind'];
      settings: Record<string, unknown>;
      upstreams: string[];
      notes: string[];
      trainedOn: number;
    },
    write: (directory: string) => Promise<void>,
  ): Promise<CandidateManifest>;
  /** Live progress: a short sentence and, when known, the share done (0 to 1). */
  progress(message: string, share?: number): void;
  signal: AbortSignal;
}

/** Whether a rung can run here, and if not, why and what would change that. */
export type Availability = { available: true } | { available: false; reason: string; hint: string | null };

/** One technique. */
export interface Rung {
  readonly name: RungName;
  availability(
    context: Pick<RungContext, 'task' | 'upstreams' | 'built' | 'budget' | 'train' | 'labels' | 'trainings'>,
  ): Availability;
  /** Builds its candidates through `saveCandidate`. The same context gives the same bytes. */
  build(context: RungContext): Promise<void>;
}
