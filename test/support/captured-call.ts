import type { Feedback } from '../../src/schema/feedback.ts';
import type { Inference } from '../../src/schema/inference.ts';

/** What of a call a test cares about. */
export interface CallFacts extends Partial<Omit<Inference, 'request' | 'response'>> {
  input?: string;
  label?: string;
  request?: unknown;
  response?: unknown;
}

/** Ids that sort by number. */
export function callId(number: number): string {
  return `inf_${String(number).padStart(26, '0')}`;
}

/** A captured chat completion of the task `topic`, a minute after the one before it. */
export function capturedCall(number: number, facts: CallFacts = {}): Inference {
  const { input = `text ${number}`, label = 'food', request, response, ...rest } = facts;
  const choices = [{ index: 0, message: { role: 'assistant', content: label }, finish_reason: 'stop' }];
  const asked = request ?? { model: 'task:topic', messages: [{ role: 'user', content: input }] };
  const answered = response === undefined ? { id: `chatcmpl-${number}`, choices } : response;
  return {
    id: callId(number),
    at: new Date(Date.UTC(2026, 0, 1, 0, number)).toISOString(),
    endpoint: 'chat-completions',
    task: 'topic',
    model: 'task:topic',
    target: 'rented/model-1',
    answeredAs: 'upstream',
    shadowOf: null,
    user: null,
    group: null,
    tags: {},
    key: null,
    requestId: `req_${number}`,
    responseId: `chatcmpl-${number}`,
    status: 200,
    error: null,
    stream: false,
    attempts: [{ target: 'rented/model-1', status: 200, failure: null, durationMs: 300 }],
    durationMs: 300,
    firstContentMs: null,
    tokens: { input: 20, cachedInput: null, audioInput: null, output: 1, reasoning: null, audioOutput: null },
    costUsd: 0.0001,
    ...rest,
    request: JSON.stringify(asked),
    response: answered === null ? null : JSON.stringify(answered),
  };
}

type Said =
  | { kind: 'accepted' | 'rejected' }
  | { kind: 'edited' | 'corrected'; output: string }
  | { kind: 'score'; score: number };

let feedbacks = 0;

/** What somebody said of the call with this number, seconds after it. */
export function feedbackOn(
  number: number,
  said: Said,
  { seconds = 10, by = null as string | null } = {},
): Feedback {
  const at = new Date(Date.UTC(2026, 0, 1, 0, number, seconds)).toISOString();
  return { id: `fb_${++feedbacks}`, inference: callId(number), at, by, comment: null, ...said };
}
