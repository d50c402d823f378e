import type { ProviderReply } from './scripted-provider.ts';

/** A tool call in an answer. */
export interface AnsweredCall {
  id: string;
  name: string;
  arguments: string;
}

interface ChatAnswer {
  content?: string | null;
  calls?: readonly AnsweredCall[];
  finishReason?: string | null;
  /** null leaves it out. */
  usage?: object | null;
  /** One for each word. */
  logprobs?: boolean;
  /** Answers, all the same but for their index. */
  n?: number;
}

const HEADERS = { 'x-request-id': 'req_openai_1', 'x-ratelimit-remaining-requests': '99' };
export const CHAT_USAGE = {
  prompt_tokens: 12,
  completion_tokens: 6,
  total_tokens: 18,
  prompt_tokens_details: { cached_tokens: 8 },
  completion_tokens_details: { reasoning_tokens: 2 },
};
const START = {
  id: 'chatcmpl-1',
  created: 1_800_000_000,
  model: 'gpt-stand-in-2026',
  system_fingerprint: 'fp_1',
};

/** What `POST /v1/chat/completions` answers. */
export function chatCompletion(answer: ChatAnswer): ProviderReply {
  const { content = null, calls = [], n = 1, usage = CHAT_USAGE, logprobs } = answer;
  const message = {
    role: 'assistant',
    content,
    refusal: null,
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(callBody) }),
  };
  const choice = {
    message,
    logprobs: logprobs === true ? { content: words(content ?? '').map(logprobOf), refusal: null } : null,
    finish_reason: finishOf(answer),
  };
  const choices = Array.from({ length: n }, (_, index) => ({ index, ...choice }));
  return {
    headers: HEADERS,
    json: { ...START, object: 'chat.completion', choices, ...(usage === null ? {} : { usage }) },
  };
}

/** The same as a stream, word by word; usage comes when the request wants it. */
export function chatStream(
  answer: ChatAnswer & { wantsUsage?: boolean },
): Extract<ProviderReply, { events: unknown }> {
  const { content, calls = [], n = 1, usage = CHAT_USAGE, wantsUsage = true, logprobs } = answer;
  const chunk = (choices: object[], more: object = wantsUsage ? { usage: null } : {}): object => ({
    ...START,
    object: 'chat.completion.chunk',
    choices,
    ...more,
  });
  const indices = Array.from({ length: n }, (_, index) => index);
  const each = (delta: object, more: object = {}): object[] =>
    indices.map((index) => chunk([{ index, delta, logprobs: null, finish_reason: null, ...more }]));
  return {
    headers: HEADERS,
    events: [
      ...each({ role: 'assistant', content: calls.length > 0 ? null : '', refusal: null }),
      ...words(content ?? '').flatMap((word) =>
        each(
          { content: word },
          logprobs === true ? { logprobs: { content: [logprobOf(word)], refusal: null } } : {},
        ),
      ),
      ...calls.flatMap((call, index) =>
        callDeltas(call, index).flatMap((delta) => each({ tool_calls: [delta] })),
      ),
      ...(finishOf(answer) === null ? [] : each({}, { finish_reason: finishOf(answer) })),
      ...(wantsUsage && usage !== null ? [chunk([], { usage })] : []),
      'data: [DONE]\n\n',
    ],
  };
}

function finishOf({ calls = [], finishReason }: ChatAnswer): string | null {
  return finishReason === undefined ? (calls.length > 0 ? 'tool_calls' : 'stop') : finishReason;
}

function callBody({ id, name, arguments: text }: AnsweredCall): object {
  return { id, type: 'function', function: { name, arguments: text } };
}

function callDeltas({ id, name, arguments: text }: AnsweredCall, index: number): object[] {
  const pieces = text.match(/.{1,5}/gs) ?? [];
  return [
    { index, id, type: 'function', function: { name, arguments: '' } },
    ...pieces.map((piece) => ({ index, function: { arguments: piece } })),
  ];
}

function words(text: string): string[] {
  return text.match(/\S+\s*/g) ?? [];
}

function logprobOf(token: string): object {
  const entry = { token, logprob: -0.25, bytes: [...Buffer.from(token)] };
  return { ...entry, top_logprobs: [entry, { token: '?', logprob: -2, bytes: [63] }] };
}

/** An error of OpenAI's API. */
export function openAiError(
  status: number,
  error: { message: string; type?: string; code?: string | null; param?: string | null },
  headers: Record<string, string> = {},
): ProviderReply {
  return {
    status,
    headers: { ...HEADERS, ...headers },
    json: { error: { type: 'invalid_request_error', param: null, code: null, ...error } },
  };
}

const RESPONSE = {
  id: 'resp_openai_1',
  object: 'response',
  created_at: 1_800_000_000,
  model: 'gpt-stand-in-2026',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
};
const RESPONSE_USAGE = {
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 8 },
  output_tokens: 6,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 18,
};

/** What `POST /v1/responses` answers: a text after a thought, then calls. */
export function openAiResponse(answer: {
  text?: string;
  thought?: string;
  calls?: readonly AnsweredCall[];
}): ProviderReply {
  const output = itemsOf(answer);
  return { headers: HEADERS, json: { ...RESPONSE, status: 'completed', output, usage: RESPONSE_USAGE } };
}

/** The same as a stream. */
export function openAiResponseStream(answer: {
  text?: string;
  thought?: string;
  calls?: readonly AnsweredCall[];
}): Extract<ProviderReply, { events: unknown }> {
  const items = itemsOf(answer);
  const events: object[] = [
    { type: 'response.created', response: { ...RESPONSE, status: 'in_progress', output: [], usage: null } },
    {
      type: 'response.in_progress',
      response: { ...RESPONSE, status: 'in_progress', output: [], usage: null },
    },
    ...items.flatMap(itemEvents),
    {
      type: 'response.completed',
      response: { ...RESPONSE, status: 'completed', output: items, usage: RESPONSE_USAGE },
    },
  ];
  return { headers: HEADERS, events: events.map((event, index) => ({ ...event, sequence_number: index })) };
}

interface ResponseItem {
  type: string;
  id: string;
  summary?: { type: string; text: string }[];
  content?: { type: string; text: string; annotations: unknown[]; logprobs: unknown[] }[];
  arguments?: string;
  [more: string]: unknown;
}

function itemsOf({ text, thought, calls = [] }: Parameters<typeof openAiResponse>[0]): ResponseItem[] {
  return [
    ...(thought === undefined
      ? []
      : [
          {
            type: 'reasoning',
            id: 'rs_1',
            summary: [{ type: 'summary_text', text: thought }],
            encrypted_content: 'gAAA-encrypted',
          },
        ]),
    ...(text === undefined
      ? []
      : [
          {
            type: 'message',
            id: 'msg_1',
            status: 'completed',
            role: 'assistant',
            content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
          },
        ]),
    ...calls.map(({ id, name, arguments: args }, index) => ({
      type: 'function_call',
      id: `fc_${index + 1}`,
      call_id: id,
      name,
      arguments: args,
      status: 'completed',
    })),
  ];
}

function itemEvents(item: ResponseItem, index: number): object[] {
  const place = { output_index: index, item_id: item.id };
  const added = {
    type: 'response.output_item.added',
    output_index: index,
    item: { ...item, ...emptied(item) },
  };
  const done = { type: 'response.output_item.done', output_index: index, item };
  if (item.type === 'reasoning') {
    const text = item.summary![0]!.text;
    return [
      added,
      {
        type: 'response.reasoning_summary_part.added',
        ...place,
        summary_index: 0,
        part: { type: 'summary_text', text: '' },
      },
      ...words(text).map((delta) => ({
        type: 'response.reasoning_summary_text.delta',
        ...place,
        summary_index: 0,
        delta,
      })),
      {
        type: 'response.reasoning_summary_part.done',
        ...place,
        summary_index: 0,
        part: { type: 'summary_text', text },
      },
      done,
    ];
  }
  if (item.type === 'message') {
    const [part] = item.content!;
    const at = { ...place, content_index: 0 };
    return [
      added,
      { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
      ...words(part!.text).map((delta) => ({
        type: 'response.output_text.delta',
        ...at,
        delta,
        logprobs: [],
      })),
      { type: 'response.output_text.done', ...at, text: part!.text, logprobs: [] },
      { type: 'response.content_part.done', ...at, part },
      done,
    ];
  }
  const pieces = item.arguments!.match(/.{1,5}/gs) ?? [];
  return [
    added,
    ...pieces.map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })),
    { type: 'response.function_call_arguments.done', ...place, arguments: item.arguments },
    done,
  ];
}

function emptied({ type }: ResponseItem): object {
  if (type === 'reasoning') return { summary: [] };
  return type === 'message'
    ? { content: [], status: 'in_progress' }
    : { arguments: '', status: 'in_progress' };
}
