import type { AnswerFacts, ModelAnswer, StreamPart } from './model-answer.ts';

const CREATED = 1_700_000_000;

/** An answer of the Responses API: text, or a call of the first tool when there are tools and none has answered yet. */
export function responsesAnswer(facts: AnswerFacts): ModelAnswer {
  const { request, hash, words } = facts;
  const tools = (request['tools'] ?? []) as { name?: string; type?: string }[];
  const input = Array.isArray(request['input']) ? (request['input'] as { type?: string }[]) : [];
  const tool = tools.find(({ type }) => type === 'function');
  const isToolTurn =
    tool !== undefined &&
    request['tool_choice'] !== 'none' &&
    !input.some(({ type }) => type === 'function_call_output');
  if (isToolTurn) return answerWith(facts, toolItem(hash, tool.name ?? 'unknown'));
  const tokens = words.map((word, position) => (position === 0 ? word : ` ${word}`));
  return answerWith(facts, messageItem(hash, tokens));
}

/** One item of the output, and the events that build it up. */
interface OutputItem {
  item: Record<string, unknown>;
  unfinished: Record<string, unknown>;
  events: Record<string, unknown>[];
  tokens: number;
}

function messageItem(hash: string, tokens: readonly string[]): OutputItem {
  const id = `msg_${hash}`;
  const place = { item_id: id, output_index: 0, content_index: 0 };
  const part = (text: string): object => ({ type: 'output_text', text, annotations: [], logprobs: [] });
  const text = tokens.join('');
  const item = { id, type: 'message', role: 'assistant' };
  return {
    item: { ...item, status: 'completed', content: [part(text)] },
    unfinished: { ...item, status: 'in_progress', content: [] },
    tokens: tokens.length,
    events: [
      { type: 'response.content_part.added', ...place, part: part('') },
      ...tokens.map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
      { type: 'response.output_text.done', ...place, text, logprobs: [] },
      { type: 'response.content_part.done', ...place, part: part(text) },
    ],
  };
}

function toolItem(hash: string, name: string): OutputItem {
  const id = `fc_${hash}`;
  const place = { item_id: id, output_index: 0 };
  const text = JSON.stringify({ city: 'Zürich', days: 1 });
  const item = { id, type: 'function_call', call_id: `call_${hash.slice(0, 8)}`, name };
  const pieces = text.match(/.{1,7}/gsu) ?? [];
  return {
    item: { ...item, status: 'completed', arguments: text },
    unfinished: { ...item, status: 'in_progress', arguments: '' },
    tokens: 9,
    events: [
      ...pieces.map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })),
      { type: 'response.function_call_arguments.done', ...place, arguments: text },
    ],
  };
}

function answerWith(facts: AnswerFacts, output: OutputItem): ModelAnswer {
  const { request, hash } = facts;
  const input = 10 + Math.ceil(JSON.stringify(request['input'] ?? '').length / 4);
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: Math.floor(input / 2) },
    output_tokens: output.tokens + 4,
    output_tokens_details: { reasoning_tokens: 4 },
    total_tokens: input + output.tokens + 4,
  };
  const response = (status: string, items: unknown[], used: unknown): Record<string, unknown> => ({
    id: `resp_${hash}`,
    object: 'response',
    created_at: CREATED,
    status,
    error: null,
    incomplete_details: null,
    instructions: request['instructions'] ?? null,
    max_output_tokens: null,
    model: request['model'],
    output: items,
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: request['tool_choice'] ?? 'auto',
    tools: request['tools'] ?? [],
    top_p: 1,
    metadata: request['metadata'] ?? {},
    x_unknown_field: { kept: true },
    usage: used,
  });
  const events: [StreamPart['role'], Record<string, unknown>][] = [
    ['open', { type: 'response.created', response: response('in_progress', [], null) }],
    ['open', { type: 'response.in_progress', response: response('in_progress', [], null) }],
    ['open', { type: 'response.output_item.added', output_index: 0, item: output.unfinished }],
    ...output.events.map((event): [StreamPart['role'], Record<string, unknown>] => [
      roleOf(String(event['type'])),
      event,
    ]),
    ['finish', { type: 'response.output_item.done', output_index: 0, item: output.item }],
    ['end', { type: 'response.completed', response: response('completed', [output.item], usage) }],
  ];
  return {
    plain: JSON.stringify(response('completed', [output.item], usage)),
    parts: events.map(([role, { type, ...event }], sequence) => ({
      role,
      text: `event: ${String(type)}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...event })}\n\n`,
    })),
  };
}

function roleOf(type: string): StreamPart['role'] {
  if (type.endsWith('.added')) return 'open';
  return type.endsWith('.done') ? 'finish' : 'content';
}
