import type { Deployment } from '../../store/store.ts';
import type { Task } from '../../task/task.ts';
import type { ServedModel } from '../served-model.ts';

/** States in which a model is in memory. */
export const SEATS = ['live', 'canary', 'shadow'] as const;
export type SeatName = (typeof SEATS)[number];

/** One of the places of a task, with the model that is in it and the one that should be. */
export interface ModelSeat {
  readonly name: SeatName;
  wanted: Deployment | null;
  model: ServedModel | null;
  /** Why they differ, without internals. */
  problem: string | null;
  /** `performance.now()` before which a failed version is not tried again. */
  retryAt: number;
}

/** An empty seat. */
export function emptySeat(name: SeatName): ModelSeat {
  return { name, wanted: null, model: null, problem: null, retryAt: 0 };
}

const RETRY_MS = 5000;

/** Notes that the wanted model could not be loaded; true: that is news. What the seat holds instead stays if it is the live one. */
export function noteFailure(seat: ModelSeat, task: Task): boolean {
  const { name, wanted, model } = seat;
  const [upstream] = task.config.upstream ?? [];
  const other = upstream === undefined ? 'nothing answers' : `${upstream} answers`;
  const instead = name === 'live' ? `; ${model === null ? other : `${model.name} still answers`}` : '';
  const problem = `${task.name}@${wanted!.version} is ${name === 'live' ? 'live' : `the ${name}`} but could not be loaded${instead}`;
  const isNews = seat.problem !== problem;
  seat.problem = problem;
  seat.retryAt = performance.now() + RETRY_MS;
  return isNews;
}

/** Whether the wanted model has to be loaded now: it is another one, and the last try was not just before. */
export function mustLoad({ wanted, model, problem, retryAt }: ModelSeat, task: string): boolean {
  if (wanted === null || wanted.version === model?.version) return false;
  const failedBefore = problem?.startsWith(`${task}@${wanted.version} `) === true;
  return !failedBefore || performance.now() >= retryAt;
}
