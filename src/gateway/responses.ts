import { answerChat, refuseForcedTools } from './chat-completions.ts';
import { chatRequestSchema } from './chat-request.ts';
import type { ChatAnswer } from './chat-response.ts';
import type { OwnAnswer } from './own-answer.ts';
import { parseRequest } from './parse-request.ts';
import type { AnsweredCall } from './predict-for-call.ts';
import { chatRequestOf, type ResponsesRequest, responsesRequestSchema } from './responses-request.ts';
import type { ServedModel } from './served-model.ts';

/** A response (OpenAI's newer endpoint) by an own model. */
export async function ownResponse(call: AnsweredCall, model: ServedModel, body: unknown): Promise<OwnAnswer> {
  const request = parseRequest(responsesRequestSchema, body);
  refuseForcedTools(request.tool_choice);
  const chatRequest = parseRequest(chatRequestSchema, chatRequestOf(request));
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

interface ResponseObject {
  id: string;
  object: 'response';
  status: 'completed' | 'in_progress';
  output: Message[];
  usage: null;
  [key: string]: unknown;
}

/** `usage` is null, not zeros: an own model has no tokens to count. */
function responseOf(id: string, request: ResponsesRequest, answer: ChatAnswer): ResponseObject {
  const { parts, created, model, logprobs } = answer;
  const text = parts.before + parts.label + parts.after;
  const content: OutputText = {
    type: 'output_text',
    text,
    annotations: [],
    logprobs: logprobs?.content ?? [],
  };
  const message: Message = {
    type: 'message',
    id: id.replace(/^resp_/, 'msg_'),
    status: 'completed',
    role: 'assistant',
    content: [content],
  };
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
    output: [message],
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

/** The same response as server-sent events, in the order in which OpenAI's API sends them. */
function responseEvents(response: ResponseObject): string {
  const message = response.output[0]!;
  const part = message.content[0]!;
  const begun = { ...response, status: 'in_progress' as const, output: [] };
  const at = { item_id: message.id, output_index: 0, content_index: 0 };
  const { text, logprobs } = part;
  const emptyMessage = { ...message, status: 'in_progress' as const, content: [] };
  const events: [type: string, more: object][] = [
    ['response.created', { response: begun }],
    ['response.in_progress', { response: begun }],
    ['response.output_item.added', { output_index: 0, item: emptyMessage }],
    ['response.content_part.added', { ...at, part: { ...part, text: '', logprobs: [] } }],
    ['response.output_text.delta', { ...at, delta: text, logprobs }],
    ['response.output_text.done', { ...at, text, logprobs }],
    ['response.content_part.done', { ...at, part }],
    ['response.output_item.done', { output_index: 0, item: message }],
    ['response.completed', { response }],
  ];
  return events
    .map(([type, more], sequence) => {
      const data = { type, ...more, sequence_number: sequence };
      return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
    })
    .join('');
}
