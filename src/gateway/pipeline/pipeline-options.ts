import type { Task } from '../../task/task.ts';
import type { GatewayLog } from '../gateway-log.ts';
import type { ModelDirectory } from '../resolve-model.ts';
import type { CallHooks } from './call-hooks.ts';

/** What the pipeline is made of. */
export interface PipelineOptions {
  tasks: readonly Task[];
  directory: ModelDirectory;
  hooks: CallHooks;
  log: GatewayLog;
  maxBodyBytes: number;
  isStopping(): boolean;
  /** First pause between attempts, milliseconds. */
  backoffMs: number;
}
