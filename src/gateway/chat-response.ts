import { randomBytes } from 'node:crypto';
import type { AssistantMessage } from '../schema/call-mapping.ts';

/** Everything an answer to a chat request says. */
export interface ChatAnswer {
  /** `chatcmpl-…`. */
  id: string;
  /** Seconds since 1970. */
  created: number;
  /** `<model>@<version>`: which model really answered. */
  model: string;
  message: AssistantMessage;
  logprobs: ChatLogprobs | null;
}

/** Content in three parts, the label in the middle. */
type AnswerParts = Readonly<Record<'before' | 'label' | 'after', string>>;

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
export function chatCompletionBody({ id, created, model, message: given, logprobs }: ChatAnswer): string {
  const calls = toolCallsOf(given);
  const message = {
    role: 'assistant',
    content: given.content ?? null,
    refusal: null,
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs, finish_reason: finishOf(given) }],
    usage: null,
    system_fingerprint: null,
  });
}

/** The same answer as server-sent events: role, content, finish, `[DONE]`. */
export function chatCompletionEvents(answer: ChatAnswer): string {
  const { message, logprobs } = answer;
  const calls = toolCallsOf(message).map((call, index) => ({ index, ...call }));
  const content = message.content ?? null;
  const start = { role: 'assistant', content: content === null ? null : '', refusal: null };
  const piece = (delta: object, logs: ChatLogprobs | null = null): string =>
    chunk(answer, { delta, logprobs: logs, finish_reason: null });
  return [
    piece(start),
    ...(content === null ? [] : [piece({ content }, logprobs)]),
    ...(calls.length === 0 ? [] : [piece({ tool_calls: calls })]),
    chunk(answer, { delta: {}, logprobs: null, finish_reason: finishOf(message) }),
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

/** The message's tool calls as the API has them; those without an id get one, which clients send back with the tool's result. */
export function toolCallsOf({ tool_calls: calls = [] }: AssistantMessage): ToolCall[] {
  return calls.map(({ id = `call_${randomBytes(12).toString('hex')}`, function: called }) => ({
    id,
    type: 'function' as const,
    function: called,
  }));
}

interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

function finishOf({ tool_calls: calls = [] }: AssistantMessage): string {
  return calls.length === 0 ? 'stop' : 'tool_calls';
}
