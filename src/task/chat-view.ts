import type { ChatAnswer, ChatRequest } from '../schema/call-mapping.ts';
import type { Endpoint } from '../schema/inference.ts';
import { isObject, type Json } from './json-schema.ts';

/**
 * A request of any endpoint as a chat request, so that one mapping serves all: turns as `messages`, the format asked for as
 * `response_format`; everything else stays. null: it has no turns.
 */
export function chatRequestOf(endpoint: Endpoint, body: unknown): ChatRequest | null {
  if (!isObject(body)) return null;
  switch (endpoint) {
    case 'chat-completions':
      return areMessages(body['messages']) ? (body as ChatRequest) : null;
    case 'responses':
      return requestOfResponses(body);
    case 'predict':
      return requestOfPredict(body);
    case 'embeddings':
      return null;
  }
}

/** An answer of any endpoint as a chat completion; null when it is none. */
export function chatAnswerOf(endpoint: Endpoint, body: unknown): ChatAnswer | null {
  if (!isObject(body)) return null;
  switch (endpoint) {
    case 'chat-completions':
      return areChoices(body['choices']) ? (body as ChatAnswer) : null;
    case 'responses':
      return answerOfResponses(body);
    case 'predict':
      return answerOfPredict(body);
    case 'embeddings':
      return null;
  }
}

function areMessages(value: unknown): boolean {
  return Array.isArray(value) && value.every((turn) => isObject(turn) && typeof turn['role'] === 'string');
}

function areChoices(value: unknown): boolean {
  return Array.isArray(value) && value.every((choice) => isObject(choice) && isObject(choice['message']));
}

function requestOfResponses(body: Json): ChatRequest | null {
  const { input, instructions } = body;
  const turns = typeof input === 'string' ? [{ role: 'user', content: input }] : turnsOf(input);
  if (turns === null) return null;
  const system = typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : [];
  const format = formatOfResponses(body['text']);
  return {
    ...body,
    messages: [...system, ...turns],
    ...(format === undefined ? {} : { response_format: format }),
  };
}

/** The items that are turns; calls of tools and their results, reasoning and references are none. */
function turnsOf(items: unknown): ChatRequest['messages'] | null {
  if (!Array.isArray(items)) return null;
  const turns = items.filter((item): item is Json => isObject(item) && typeof item['role'] === 'string');
  return turns.map((item) => ({ ...item, role: String(item['role']), content: partsOf(item['content']) }));
}

const TEXT_PARTS = new Set(['input_text', 'output_text']);

function partsOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map((part: unknown) =>
    isObject(part) && TEXT_PARTS.has(String(part['type'])) ? { ...part, type: 'text' } : part,
  );
}

function formatOfResponses(text: unknown): unknown {
  const format = isObject(text) ? text['format'] : undefined;
  if (!isObject(format) || format['type'] !== 'json_schema') return format;
  const { type, ...schema } = format;
  return { type, json_schema: schema };
}

function answerOfResponses(body: Json): ChatAnswer | null {
  const { output, status } = body;
  if (!Array.isArray(output)) return null;
  const items = output.filter(isObject);
  const texts = items
    .filter(({ type }) => type === 'message')
    .flatMap(({ content }) => (Array.isArray(content) ? content.filter(isObject) : []))
    .filter(({ type, text }) => type === 'output_text' && typeof text === 'string')
    .map(({ text }) => String(text));
  const calls = items
    .filter(({ type }) => type === 'function_call')
    .map(({ call_id, name, arguments: given }) => ({
      id: String(call_id),
      type: 'function' as const,
      function: { name: String(name), arguments: String(given) },
    }));
  const message = {
    content: texts.length === 0 ? null : texts.join(''),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  return { ...body, choices: [{ message, finish_reason: status === 'incomplete' ? 'length' : 'stop' }] };
}

/** One input alone: several would be several calls. */
function requestOfPredict(body: Json): ChatRequest | null {
  const { input, inputs } = body;
  const all = Array.isArray(inputs) ? (inputs as unknown[]) : [input];
  const only = all.length === 1 ? all[0] : null;
  return typeof only === 'string' ? { ...body, messages: [{ role: 'user', content: only }] } : null;
}

function answerOfPredict(body: Json): ChatAnswer | null {
  const { predictions } = body;
  if (!Array.isArray(predictions) || predictions.length !== 1) return null;
  const [only] = predictions as unknown[];
  const label = isObject(only) && typeof only['label'] === 'string' ? only['label'] : null;
  return { ...body, choices: [{ message: { content: label }, finish_reason: 'stop' }] };
}
