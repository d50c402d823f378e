import type { AnswerParts } from '../task/answer-shape.ts';

/** Everything an answer to a chat request says. */
export interface ChatAnswer {
  /** `chatcmpl-…`. */
  id: string;
  /** Seconds since 1970. */
  created: number;
  /** `<model>@<version>`: which model really answered. */
  model: string;
  parts: AnswerParts;
  logprobs: ChatLogprobs | null;
}

interface TokenLogprob {
  token: string;
  logprob: number;
  bytes: number[];
}

/** OpenAI's log-probabilities: the label is one token, and so is what stands before and after it. */
export interface ChatLogprobs {
  content: (TokenLogprob & { top_logprobs: TokenLogprob[] })[];
  refusal: null;
}

/** What OpenAI's API writes for "so unlikely that it does not matter", since JSON has no minus infinity. */
const LEAST_LOGPROB = -9999;

/** Log-probabilities of an answer whose label has the index `chosen`; `write` makes the token of a label. */
export function chatLogprobs(options: {
  parts: AnswerParts;
  labels: readonly string[];
  probabilities: Float32Array;
  chosen: number;
  top: number;
  write: (label: string) => string;
}): ChatLogprobs {
  const { parts, labels, probabilities, chosen, top, write } = options;
  const order = indicesOfLargest(probabilities, top);
  const labelToken = {
    ...tokenOf(parts.label, probabilities[chosen]!),
    top_logprobs: order.map((index) => tokenOf(write(labels[index]!), probabilities[index]!)),
  };
  const certain = (text: string): ChatLogprobs['content'] =>
    text === '' ? [] : [{ ...tokenOf(text, 1), top_logprobs: [] }];
  return { content: [...certain(parts.before), labelToken, ...certain(parts.after)], refusal: null };
}

function tokenOf(token: string, probability: number): TokenLogprob {
  const logprob = probability > 0 ? Math.log(probability) : LEAST_LOGPROB;
  return { token, logprob, bytes: [...Buffer.from(token)] };
}

/** Indices of the `count` largest values, largest first. */
export function indicesOfLargest(values: Float32Array, count: number): number[] {
  if (count === 0) return [];
  const order = Array.from(values, (_, index) => index).toSorted((a, b) => values[b]! - values[a]!);
  return order.slice(0, count);
}

/**
 * The body of a chat completion that is not streamed. `usage` is null, not zeros: an own model has no tokens to
 * count, and OpenAI's clients allow it to be absent.
 */
export function chatCompletionBody({ id, created, model, parts, logprobs }: ChatAnswer): string {
  const message = { role: 'assistant', content: contentOf(parts), refusal: null };
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs, finish_reason: 'stop' }],
    usage: null,
    system_fingerprint: null,
  });
}

/** The same answer as server-sent events: role, content, finish, `[DONE]`. */
export function chatCompletionEvents(answer: ChatAnswer): string {
  const { parts, logprobs } = answer;
  const start = { role: 'assistant', content: '', refusal: null };
  return [
    chunk(answer, { delta: start, logprobs: null, finish_reason: null }),
    chunk(answer, { delta: { content: contentOf(parts) }, logprobs, finish_reason: null }),
    chunk(answer, { delta: {}, logprobs: null, finish_reason: 'stop' }),
    'data: [DONE]\n\n',
  ].join('');
}

function chunk({ id, created, model }: ChatAnswer, choice: object): string {
  const choices = [{ index: 0, ...choice }];
  const body = {
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    choices,
    usage: null,
    system_fingerprint: null,
  };
  return `data: ${JSON.stringify(body)}\n\n`;
}

function contentOf({ before, label, after }: AnswerParts): string {
  return before + label + after;
}
