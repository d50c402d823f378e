import type { Quality } from '../schema/report.ts';
import type { Task } from '../task/task.ts';

/** The value of the task's metric. */
export function metricValue({ config }: Task, quality: Quality): number {
  return (config.metric === 'accuracy' ? quality.accuracy : quality.macroF1).value;
}
