import type { ApiKey } from '../../schema/api-key.ts';
import type { Feedback } from '../../schema/feedback.ts';
import type { Inference, InferenceSummary } from '../../schema/inference.ts';

export const NOON = Date.parse('2026-11-24T12:00:00.000Z');

/** `seconds` after noon, ISO 8601. */
export function at(seconds: number): string {
  return new Date(NOON + seconds * 1000).toISOString();
}

/** The inference of a number: each is a second after the one before. */
export function inference(number: number, parts: Partial<Inference> = {}): Inference {
  const name = String(number).padStart(6, '0');
  return {
    id: `inf_${name}`,
    at: at(number),
    endpoint: 'chat-completions',
    task: 'topic',
    model: 'task:topic',
    target: 'main/gpt',
    answeredAs: 'upstream',
    shadowOf: null,
    user: null,
    group: null,
    tags: {},
    key: null,
    requestId: `req_${name}`,
    responseId: `chatcmpl-${name}`,
    status: 200,
    error: null,
    stream: false,
    attempts: [{ target: 'main/gpt', status: 200, failure: null, durationMs: 300 }],
    durationMs: 301.25,
    firstContentMs: null,
    tokens: {
      input: 10,
      cachedInput: null,
      audioInput: null,
      output: 5,
      reasoning: null,
      audioOutput: null,
    },
    costUsd: 0.000_012_5,
    request: `{"messages":[{"role":"user","content":"question ${number}"}]}`,
    response: `{"choices":[{"message":{"content":"answer ${number}"}}]}`,
    ...parts,
  };
}

/** Inferences of the numbers from `first` to `last`. */
export function inferences(
  first: number,
  last: number,
  parts: (number: number) => Partial<Inference> = () => ({}),
): Inference[] {
  return Array.from({ length: last - first + 1 }, (_, index) =>
    inference(first + index, parts(first + index)),
  );
}

/** An inference without its contents. */
export function summary(inference: Inference): InferenceSummary {
  const summary: Partial<Inference> = { ...inference };
  delete summary.request;
  delete summary.response;
  return summary as InferenceSummary;
}

type Said<Kind extends Feedback['kind']> = Extract<Feedback, { kind: Kind }>;

const common = { by: null, comment: null };

export function accepted(id: string, about: string, parts: Partial<Said<'accepted'>> = {}): Feedback {
  return { ...common, id, inference: about, at: at(1000), kind: 'accepted', ...parts };
}

export function rejected(id: string, about: string, parts: Partial<Said<'rejected'>> = {}): Feedback {
  return { ...common, id, inference: about, at: at(1000), kind: 'rejected', ...parts };
}

export function corrected(id: string, about: string, parts: Partial<Said<'corrected'>> = {}): Feedback {
  return { ...common, id, inference: about, at: at(1000), kind: 'corrected', output: 'right', ...parts };
}

export function edited(id: string, about: string, parts: Partial<Said<'edited'>> = {}): Feedback {
  return { ...common, id, inference: about, at: at(1000), kind: 'edited', output: 'better', ...parts };
}

export function score(id: string, about: string, parts: Partial<Said<'score'>> = {}): Feedback {
  return { ...common, id, inference: about, at: at(1000), kind: 'score', score: 0.5, ...parts };
}

export function key(id: string, parts: Partial<ApiKey> = {}): ApiKey {
  return {
    id,
    name: `key ${id}`,
    hash: `hash of ${id}`,
    role: 'call',
    tasks: null,
    limits: [],
    createdAt: at(0),
    expiresAt: null,
    revokedAt: null,
    ...parts,
  };
}
