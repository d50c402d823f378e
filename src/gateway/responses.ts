import { answerChat, refuseForcedTools } from './chat-completions.ts';
import { chatRequestSchema } from './chat-request.ts';
import { type ChatAnswer, toolCallsOf } from './chat-response.ts';
import type { OwnAnswer } from './own-answer.ts';
import { parseRequest } from './parse-request.ts';
import type { AnsweredCall } from './predict-for-call.ts';
import { asChatRequest, type ResponsesRequest, responsesRequestSchema } from './responses-request.ts';
import type { ServedModel } from './served-model.ts';

/** A response (OpenAI's newer endpoint) by an own model. */
export async function ownResponse(call: AnsweredCall, model: ServedModel, body: unknown): Promise<OwnAnswer> {
  const request = parseRequest(responsesRequestSchema, body);
  if (model.task.config.output === undefined) refuseForcedTools(request.tool_choice);
  const chatRequest = parseRequest(chatRequestSchema, asChatRequest(request));
  const answer = await answerChat(call, chatRequest, model);
  const responseId = answer.id.replace(/^chatcmpl-/, 'resp_');
  const response = responseOf(responseId, request, answer);
  return request.stream === true
    ? { body: responseEvents(response), isEventStream: true, responseId }
    : { body: JSON.stringify(response), isEventStream: false, responseId };
}

interface OutputText {
  type: 'output_text';
  text: string;
  annotations: [];
  logprobs: unknown[];
}

interface Message {
  type: 'message';
  id: string;
  status: 'completed' | 'in_progress';
  role: 'assistant';
  content: OutputText[];
}

interface FunctionCall {
  type: 'function_call';
  id: string;
  call_id: string;
  name: string;
  arguments: string;
  status: 'completed' | 'in_progress';
}

type Item = Message | FunctionCall;

interface ResponseObject {
  id: string;
  object: 'response';
  status: 'completed' | 'in_progress';
  output: Item[];
  usage: null;
  [key: string]: unknown;
}

/** `usage` is null, not zeros: an own model has no tokens to count. */
function responseOf(id: string, request: ResponsesRequest, answer: ChatAnswer): ResponseObject {
  const { created, model } = answer;
  return {
    id,
    object: 'response',
    created_at: created,
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request['max_output_tokens'] ?? null,
    model,
    output: itemsOf(id.replace(/^resp_/, ''), answer),
    parallel_tool_calls: request['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    store: false,
    temperature: request['temperature'] ?? null,
    text: { format: request.text?.format ?? { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request['tools'] ?? [],
    top_p: request['top_p'] ?? null,
    truncation: 'disabled',
    usage: null,
    metadata: request['metadata'] ?? {},
  };
}

function itemsOf(suffix: string, { message, logprobs }: ChatAnswer): Item[] {
  const calls = toolCallsOf(message).map(({ id, function: { name, arguments: given } }, index): Item => {
    const call = { type: 'function_call', id: `fc_${suffix}_${index}`, call_id: id } as const;
    return { ...call, name, arguments: given, status: 'completed' };
  });
  const text = message.content ?? null;
  if (text === null) return calls;
  const content: OutputText = {
    type: 'output_text',
    text,
    annotations: [],
    logprobs: logprobs?.content ?? [],
  };
  const said = { type: 'message', id: `msg_${suffix}`, status: 'completed', role: 'assistant' } as const;
  return [{ ...said, content: [content] }, ...calls];
}

type Event = readonly [type: string, more: object];

/** The same response as server-sent events, in the order in which OpenAI's API sends them. */
function responseEvents(response: ResponseObject): string {
  const begun = { ...response, status: 'in_progress' as const, output: [] };
  const events: Event[] = [
    ['response.created', { response: begun }],
    ['response.in_progress', { response: begun }],
    ...response.output.flatMap((item, index) =>
      item.type === 'message' ? messageEvents(item, index) : functionCallEvents(item, index),
    ),
    ['response.completed', { response }],
  ];
  return events
    .map(([type, more], sequence) => {
      const data = { type, ...more, sequence_number: sequence };
      return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
    })
    .join('');
}

function messageEvents(message: Message, index: number): Event[] {
  const part = message.content[0]!;
  const at = { item_id: message.id, output_index: index, content_index: 0 };
  const { text, logprobs } = part;
  const emptyMessage = { ...message, status: 'in_progress' as const, content: [] };
  return [
    ['response.output_item.added', { output_index: index, item: emptyMessage }],
    ['response.content_part.added', { ...at, part: { ...part, text: '', logprobs: [] } }],
    ['response.output_text.delta', { ...at, delta: text, logprobs }],
    ['response.output_text.done', { ...at, text, logprobs }],
    ['response.content_part.done', { ...at, part }],
    ['response.output_item.done', { output_index: index, item: message }],
  ];
}

function functionCallEvents(call: FunctionCall, index: number): Event[] {
  const at = { item_id: call.id, output_index: index };
  const begun = { ...call, status: 'in_progress' as const, arguments: '' };
  return [
    ['response.output_item.added', { output_index: index, item: begun }],
    ['response.function_call_arguments.delta', { ...at, delta: call.arguments }],
    ['response.function_call_arguments.done', { ...at, arguments: call.arguments }],
    ['response.output_item.done', { output_index: index, item: call }],
  ];
}
