import type { Graph } from '../graph/graph.ts';
import type { Feeds, Tensor } from '../training/trainer.ts';

export interface OpenOptions {
  /** Parameters that stay the same; others are given at each run. */
  readonly weights?: ReadonlyMap<string, Tensor>;
  readonly threads?: number;
}

export interface RunOptions {
  /** Rejects the run with the signal's reason; one that has begun computes on, one that waits never begins. */
  readonly signal?: AbortSignal | undefined;
}

/** A graph ready to be computed, many times and by several callers at once. */
export interface Executable {
  /**
   * All outputs, in float32 and int32 (conditions as 0 and 1). Rejects with `engine/wrong-shape`, `engine/index-out-of-range`,
   * `engine/runtime-failed`, and `engine/worker-failed` when what computes is gone.
   */
  run(feeds: Feeds, options?: RunOptions): Promise<Record<string, Tensor>>;
  /** Answers what was asked before, then nothing more. */
  close(): Promise<void>;
}

/** What computes graphs. */
export interface Runtime {
  open(graph: Graph, options?: OpenOptions): Promise<Executable>;
}
