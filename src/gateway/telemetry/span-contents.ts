import { isRecord } from '../../util/is-record.ts';
import type { CallContents } from '../call-observer.ts';

/** A message in the form of the semantic conventions: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-input-messages.json */
interface SpanMessage {
  role: string;
  parts: Record<string, unknown>[];
  finish_reason?: string;
}

/** The messages of a call as JSON, by the names that the conventions have for them. */
export function contentAttributes(contents: CallContents): Record<string, string> {
  const request = parsed(contents.request);
  const response = contents.response === null ? null : parsed(contents.response);
  const input = messagesOf(request?.['messages'] ?? request?.['input'] ?? request?.['inputs']);
  const output = response === null ? [] : outputOf(response);
  const instructions = request?.['instructions'];
  return {
    ...(input.length === 0 ? {} : { 'gen_ai.input.messages': JSON.stringify(input) }),
    ...(output.length === 0 ? {} : { 'gen_ai.output.messages': JSON.stringify(output) }),
    ...(typeof instructions === 'string'
      ? { 'gen_ai.system_instructions': JSON.stringify([{ type: 'text', content: instructions }]) }
      : {}),
    ...(Array.isArray(request?.['tools'])
      ? { 'gen_ai.tool.definitions': JSON.stringify(request['tools']) }
      : {}),
  };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** Choices of a chat completion, items of a response. */
function outputOf(response: Record<string, unknown>): SpanMessage[] {
  const { choices, output } = response;
  if (Array.isArray(choices)) return choices.flatMap(choiceOf);
  return messagesOf(output);
}

function choiceOf(choice: unknown): SpanMessage[] {
  if (!isRecord(choice) || !isRecord(choice['message'])) return [];
  const reason = choice['finish_reason'];
  return messagesOf([choice['message']]).map((message) => ({
    ...message,
    ...(typeof reason === 'string' ? { finish_reason: reason } : {}),
  }));
}

function messagesOf(list: unknown): SpanMessage[] {
  if (typeof list === 'string') return [{ role: 'user', parts: [text(list)] }];
  if (!Array.isArray(list)) return [];
  return list.flatMap((item): SpanMessage[] => {
    if (typeof item === 'string') return [{ role: 'user', parts: [text(item)] }];
    if (!isRecord(item)) return [];
    const role = typeof item['role'] === 'string' ? item['role'] : 'assistant';
    const parts = partsOf(item);
    return parts.length === 0 ? [] : [{ role, parts }];
  });
}

function partsOf(item: Record<string, unknown>): Record<string, unknown>[] {
  const { content, tool_calls: calls, role, tool_call_id: id, type } = item;
  if (role === 'tool') return [{ type: 'tool_call_response', id, result: content }];
  if (type === 'function_call')
    return [{ type: 'tool_call', id: item['call_id'], name: item['name'], arguments: item['arguments'] }];
  if (type === 'function_call_output')
    return [{ type: 'tool_call_response', id: item['call_id'], result: item['output'] }];
  const said =
    typeof content === 'string' ? [text(content)] : Array.isArray(content) ? content.flatMap(partOf) : [];
  const called = Array.isArray(calls) ? calls.flatMap(toolCallOf) : [];
  return [...said, ...called];
}

function partOf(part: unknown): Record<string, unknown>[] {
  if (!isRecord(part)) return [];
  if (typeof part['text'] === 'string') return [text(part['text'])];
  // What is no text is named, not repeated: a picture would fill the collector.
  return [{ type: String(part['type']) }];
}

function toolCallOf(call: unknown): Record<string, unknown>[] {
  if (!isRecord(call) || !isRecord(call['function'])) return [];
  const { name, arguments: given } = call['function'];
  return [{ type: 'tool_call', id: call['id'], name, arguments: given }];
}

function text(content: string): Record<string, unknown> {
  return { type: 'text', content };
}
