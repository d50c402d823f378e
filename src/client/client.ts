import type { Feedback, FeedbackReceipt, Prediction, PredictOptions } from './client-types.ts';
import { FeedbackBatch, type FeedbackBatchOptions } from './feedback-batch.ts';
import { type ConnectionOptions, ServerConnection } from './server-connection.ts';
import { sendFeedback, told } from './told-feedback.ts';

export { HomegrownApiError, HomegrownConnectionError } from './client-errors.ts';
export type { FeedbackProblem } from './client-errors.ts';
export type { Feedback, FeedbackReceipt, Json, Prediction, PredictOptions } from './client-types.ts';
export type { FeedbackBatch, FeedbackBatchOptions } from './feedback-batch.ts';
export { inferenceIdOf } from './inference-id-of.ts';
export type { ConnectionOptions as ClientOptions } from './server-connection.ts';

/** A Homegrown server. Requests that fail for reasons that pass are tried again; none does anything twice. */
export interface HomegrownClient {
  /** Tells what became of one answer, or of many. Throws `HomegrownApiError`, `HomegrownConnectionError`. */
  feedback(
    feedback: Feedback | readonly Feedback[],
    options?: { signal?: AbortSignal | undefined },
  ): Promise<FeedbackReceipt>;
  /** Gathers feedback and sends it in lists in the background. */
  feedbackBatch(options?: FeedbackBatchOptions): FeedbackBatch;
  /** Asks a task's own model. Throws `HomegrownApiError`, `HomegrownConnectionError`. */
  predict<Label extends string = string>(
    task: string,
    input: string,
    options?: PredictOptions,
  ): Promise<Prediction<Label>>;
  /** The same for many inputs, in their order. */
  predict<Label extends string = string>(
    task: string,
    inputs: readonly string[],
    options?: PredictOptions,
  ): Promise<Prediction<Label>[]>;
}

/** Makes a client of a server. */
export function createClient(options: ConnectionOptions): HomegrownClient {
  const connection = new ServerConnection(options);
  return {
    feedback: (feedback, { signal } = {}) =>
      sendFeedback(connection, (isList(feedback) ? feedback : [feedback]).map(told), signal),
    feedbackBatch: (batch) => new FeedbackBatch(connection, batch),
    predict: ((task: string, input: string | readonly string[], more?: PredictOptions) =>
      predict(connection, { task, input, ...more })) as HomegrownClient['predict'],
  };
}

function isList(feedback: Feedback | readonly Feedback[]): feedback is readonly Feedback[] {
  return Array.isArray(feedback);
}

async function predict(
  connection: ServerConnection,
  { task, input, ...options }: PredictOptions & { task: string; input: string | readonly string[] },
): Promise<Prediction | Prediction[]> {
  const { version, top, signal } = options;
  const isMany = typeof input !== 'string';
  const body = {
    ...(isMany ? { inputs: input } : { input }),
    ...(version === undefined ? {} : { version }),
    ...(top === undefined ? {} : { top }),
  };
  const path = `/api/v1/tasks/${encodeURIComponent(task)}/predict`;
  const headers = headersOf(options);
  const answer = await connection.post({ path, body, headers, signal, answerKey: 'predictions' });
  const predictions = (answer as { predictions: Prediction[] }).predictions.map((one) => ({
    ...one,
    inference: one.inference ?? null,
  }));
  return isMany ? predictions : predictions[0]!;
}

/** Headers are bytes: what is not Latin-1 goes as UTF-8, which the server reads. */
function headersOf({ user, group, tags = {} }: PredictOptions): Record<string, string> {
  const pairs = Object.entries(tags).map(pairOf);
  const headers = {
    'x-homegrown-user': user,
    'x-homegrown-group': group,
    'x-homegrown-tags': pairs.length === 0 ? undefined : pairs.join(', '),
  };
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, asBytes(name, value)]));
}

/** The header lists `name=value` with commas between. */
function pairOf([name, value]: [string, string]): string {
  if (/[=,]/.test(name) || value.includes(','))
    throw new TypeError(
      `tags: expected names without "=" and ",", values without ","; found ${JSON.stringify({ [name]: value })}`,
    );
  return `${name}=${value}`;
}

function asBytes(name: string, text: string): string {
  if (/[\0\r\n]/.test(text))
    throw new TypeError(`${name}: expected one line, which a header can hold; found ${JSON.stringify(text)}`);
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}
