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
    receipts.push((await connection.post({ path: '/api/v1/feedback', body, signal })) as FeedbackReceipt);
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

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `fb_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
