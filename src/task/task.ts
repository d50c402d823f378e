import type { TaskConfig } from '../schema/config.ts';

/** What is to be learned, as one entry of the config's `tasks`. */
export interface Task {
  readonly name: string;
  readonly config: TaskConfig;
}
