import { HomegrownApiError } from './client-errors.ts';
import type { Feedback, FeedbackReceipt } from './client-types.ts';
import type { ServerConnection } from './server-connection.ts';

/** Most entries that a server takes in one request. */
export const MOST_AT_ONCE = 1000;

/** Feedback with the id and the time that it keeps however often it is sent. */
export type ToldFeedback = Feedback & { readonly id: string; readonly at: string };

/** Fills in what makes sending twice harmless. */
export function told(feedback: Feedback): ToldFeedback {
  const { id = newId(), at = new Date() } = feedback;
  return { ...feedback, id, at: typeof at === 'string' ? at : at.toISOString() };
}

/** Sends a list, in as many requests as it takes. */
export async function sendFeedback(
  connection: ServerConnection,
  list: readonly ToldFeedback[],
  signal?: AbortSignal,
): Promise<FeedbackReceipt> {
  const receipts: FeedbackReceipt[] = [];
  for (let start = 0; start < list.length; start += MOST_AT_ONCE) {
    const body = list.slice(start, start + MOST_AT_ONCE);
    const request = { path: '/api/v1/feedback', body, signal, answerKey: 'feedback' };
    try {
      receipts.push((await connection.post(request)) as FeedbackReceipt);
    } catch (error) {
      throw start === 0 ? error : inWholeList(error, start);
    }
  }
  const sum = (of: (receipt: FeedbackReceipt) => number): number =>
    receipts.reduce((total, receipt) => total + of(receipt), 0);
  return {
    feedback: receipts.flatMap(({ feedback }) => feedback),
    new: sum((receipt) => receipt.new),
    repeated: sum(({ repeated }) => repeated),
    waiting: sum(({ waiting }) => waiting),
  };
}

/** A server counts the entries of its request, the caller those of the list. */
function inWholeList(error: unknown, start: number): unknown {
  if (!(error instanceof HomegrownApiError)) return error;
  const { status, code, message, param, requestId, retryAfterMs, problems } = error;
  return new HomegrownApiError({
    status,
    code,
    requestId,
    retryAfterMs,
    message: `The first ${start} entries are stored; of the others, counted from 0: ${message}`,
    param: param?.replace(/^\[(\d+)\]/, (_, index) => `[${Number(index) + start}]`) ?? null,
    problems: problems.map((problem) => ({ ...problem, index: problem.index + start })),
  });
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `fb_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
