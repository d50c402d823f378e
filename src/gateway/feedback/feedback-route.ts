import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { FeedbackInput } from '../../schema/feedback.ts';
import type { ApiCall } from '../api-call.ts';
import { ApiError, badRequest } from '../api-error.ts';
import { feedbackId } from '../inference-id.ts';
import type { KeptCalls } from './kept-calls.ts';
import { checkFeedback, type FeedbackProblem, feedbackOf } from './read-feedback.ts';

/** Most entries in one request: more belong into several, or into `homegrown feedback import`. */
const MOST_FEEDBACK = 1000;
const MOST_SHOWN = 20;
const MOST_KEY = 150;

/** `POST /api/v1/feedback`: what became of one or many inferences; all of it is stored or nothing. */
export async function feedbackRoute(call: ApiCall): Promise<Response> {
  const kept = keptCallsOf(call);
  const body = await call.readBody();
  const entries: unknown[] = Array.isArray(body) ? body : [body];
  if (entries.length === 0 || entries.length > MOST_FEEDBACK)
    throw badRequest(`expected 1 to ${MOST_FEEDBACK} entries, found ${entries.length}.`);
  const { inputs, problems } = checkFeedback(entries);
  if (problems.length > 0) throw feedbackProblems(problems, { isList: Array.isArray(body) });
  const tasks = await kept.inferences.tasksOf(inputs.map(({ inference }) => inference)).catch(unavailable);
  const denied = inputs.flatMap(({ inference }, index) => deniedOf(call, tasks.get(inference), index));
  if (denied.length > 0) throw feedbackProblems(denied, { isList: Array.isArray(body), status: 403 });
  const ids = idsFor(inputs, call.header('idempotency-key'), { isList: Array.isArray(body) });
  const now = new Date();
  const feedback = inputs.map((input, index) =>
    feedbackOf(input, { id: ids[index]!, now, redactor: kept.redactor }),
  );
  const added = await kept.feedback.append(feedback).catch(unavailable);
  return call.respondJson({
    feedback: feedback.map(({ id, inference }) => ({ id, inference, waiting: !tasks.has(inference) })),
    new: added,
    repeated: feedback.length - added,
    waiting: feedback.filter(({ inference }) => !tasks.has(inference)).length,
  });
}

/** Feedback on a call of a task that the key is not for. */
function deniedOf({ caller }: ApiCall, task: string | null | undefined, index: number): FeedbackProblem[] {
  if (task === undefined || caller.mayCall(task)) return [];
  const of = task === null ? 'no task' : `the task "${task}"`;
  return [{ index, param: 'inference', message: `is a call of ${of}, for which this key may not be used` }];
}

/** The store's part of a server that keeps calls. Throws 404 where there is none. */
export function keptCallsOf({ keptCalls }: ApiCall): KeptCalls {
  if (keptCalls !== null) return keptCalls;
  throw new ApiError({ status: 404, code: 'unknown_url', message: 'This server keeps no calls.' });
}

/** An id of its own for each; a repeated request with the header `idempotency-key` makes the same ones. */
function idsFor(
  inputs: readonly FeedbackInput[],
  key: string | undefined,
  { isList }: { isList: boolean },
): string[] {
  if (key === undefined) return inputs.map(() => feedbackId());
  if (key === '' || key.length > MOST_KEY)
    throw badRequest(`expected 1 to ${MOST_KEY} characters.`, 'idempotency-key');
  return inputs.map((_, index) => (isList ? `${key}:${index}` : key));
}

function feedbackProblems(
  problems: readonly FeedbackProblem[],
  { isList, status = 400 }: { isList: boolean; status?: 400 | 403 },
): ApiError {
  const shown = problems
    .slice(0, MOST_SHOWN)
    .map((problem) => `${placeOf(problem, isList)}: ${problem.message}`);
  const more = problems.length > MOST_SHOWN ? [`and ${problems.length - MOST_SHOWN} more`] : [];
  return new ApiError({
    status,
    code: status === 400 ? 'invalid_feedback' : 'task_not_allowed',
    message: `Nothing was stored: ${[...shown, ...more].join('; ')}.`,
    param: placeOf(problems[0]!, isList),
    details: { problems },
  });
}

function placeOf({ index, param }: FeedbackProblem, isList: boolean): string {
  if (!isList) return param === '' ? 'body' : param;
  return param === '' ? `[${index}]` : `[${index}].${param}`;
}

/** A store that does not answer is no fault of the request: it may be sent again as it is. */
export function unavailable(error: unknown): never {
  if (!(error instanceof HomegrownError) || !error.code.startsWith('store/')) throw error;
  throw new ApiError({
    status: 503,
    code: 'store_unavailable',
    message: 'The store does not answer just now; send the same request again.',
    headers: { 'retry-after': '1' },
  });
}
