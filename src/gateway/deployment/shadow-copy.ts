import { chatAnswerOf, chatRequestOf } from '../../task/chat-view.ts';
import { labelOfAnswer } from '../../task/label-mapping.ts';
import type { Task } from '../../task/task.ts';
import { mergeStream } from '../../protocol/merge-stream.ts';
import type { Endpoint, InferenceSummary } from '../../schema/inference.ts';

/** A call that a shadow gets as well, with the answer that its caller got. */
export interface ShadowCopy {
  readonly task: string;
  readonly version: number;
  /** Of the call itself. */
  readonly summary: InferenceSummary;
  readonly request: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
  readonly answer: Uint8Array;
  readonly isEventStream: boolean;
}

/** The label that a caller was given; null when the answer holds none. */
export function labelGiven(task: Task, copy: ShadowCopy): string | null {
  const { endpoint } = copy.summary;
  const body = copy.isEventStream ? mergeStream(endpoint, copy.answer).answer : jsonOf(copy.answer);
  return labelIn(task, { endpoint, request: copy.request, body });
}

/** The label in an answer's body; null when it holds none. */
export function labelIn(
  task: Task,
  { endpoint, request, body }: { endpoint: Endpoint; request: unknown; body: unknown },
): string | null {
  const chatRequest = chatRequestOf(endpoint, request);
  const answer = chatAnswerOf(endpoint, body);
  if (chatRequest === null || answer === null) return null;
  const label = labelOfAnswer(task, chatRequest, answer);
  return label.mapped ? label.label : null;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}
