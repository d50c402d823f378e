import type { DatasetVersion } from '../data/dataset-version.ts';
import type { Predictor } from '../predictor/predictor.ts';
import type { Rung } from '../rung/rung.ts';
import type { Task } from '../task/task.ts';
import type { UpstreamSet } from '../upstream/upstream.ts';
import type { ClimbEvent } from './climb-event.ts';

/** All that a climb works with. */
export interface ClimbEnvironment {
  task: Task;
  dataset: DatasetVersion;
  /** All labels of the data set, sorted. */
  labels: readonly string[];
  /** Every technique there is; the task's `rungs` selects among them. */
  rungs: readonly Rung[];
  upstreams: UpstreamSet;
  /** The upstreams' configs, so that another address, model or price is another climb. */
  upstreamIdentity: unknown;
  load(directory: string): Promise<Predictor>;
  /** What an hour of this machine costs; null when the config does not say. */
  usdPerHour: number | null;
  /** `.homegrown/runs`. */
  runsDirectory: string;
  homegrownVersion: string;
  /** Forget what an earlier attempt at this very climb finished. */
  fresh: boolean;
  onEvent(event: ClimbEvent): void;
  signal: AbortSignal;
}
