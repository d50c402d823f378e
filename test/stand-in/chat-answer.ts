import type { AnswerFacts, ModelAnswer, StreamPart } from './model-answer.ts';

const CREATED = 1_700_000_000;

interface Choice {
  index: number;
  content: readonly string[];
  toolCalls: readonly { id: string; name: string; arguments: string }[];
  finishReason: string;
}

/** A chat completion: text, or a call of the first tool when there are tools and none has answered yet. */
export function chatAnswer(facts: AnswerFacts): ModelAnswer {
  const count = Number(facts.request['n'] ?? 1);
  const choices = Array.from({ length: count }, (_, index) => choiceOf(facts, index));
  return { plain: plainBody(facts, choices), parts: streamParts(facts, choices) };
}

function choiceOf({ request, words, hash }: AnswerFacts, index: number): Choice {
  const messages = (request['messages'] ?? []) as { role?: string }[];
  const tools = (request['tools'] ?? []) as { function?: { name?: string } }[];
  const isToolTurn =
    tools.length > 0 && request['tool_choice'] !== 'none' && messages.at(-1)?.role !== 'tool';
  const format = (request['response_format'] as { type?: string } | undefined)?.type;
  const argumentsText = JSON.stringify({ city: 'Zürich', days: index + 1 });
  const toolCalls = isToolTurn
    ? tools.slice(0, 2).map((tool, position) => ({
        id: `call_${hash.slice(0, 8)}${index}${position}`,
        name: tool.function?.name ?? 'unknown',
        arguments: argumentsText,
      }))
    : [];
  const spaced = words.map((word, position) => (position === 0 ? word : ` ${word}`));
  const content = format === 'json_schema' || format === 'json_object' ? jsonTokens(words) : spaced;
  return {
    index,
    toolCalls,
    content: isToolTurn ? [] : index === 0 ? content : content.toReversed(),
    finishReason: isToolTurn ? 'tool_calls' : 'stop',
  };
}

function jsonTokens(words: readonly string[]): string[] {
  return ['{"', 'answer', '":', JSON.stringify(words.join(' ')), ',"score":', '0.5', '}'];
}

const common = ({ request, hash }: AnswerFacts): Record<string, unknown> => ({
  id: `chatcmpl-${hash}`,
  created: CREATED,
  model: request['model'],
  service_tier: 'default',
  system_fingerprint: `fp_${hash.slice(0, 10)}`,
  x_unknown_field: { kept: [1, 2.5, 1e-7, 12345678901234567890n.toString()], 'key with "quotes"': null },
});

function usageOf({ request }: AnswerFacts, choices: readonly Choice[]): Record<string, unknown> {
  const input = 10 + Math.ceil(JSON.stringify(request['messages'] ?? '').length / 4);
  const output = choices.reduce(
    (sum, { content, toolCalls }) => sum + content.length + 9 * toolCalls.length,
    4,
  );
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: Math.floor(input / 2), audio_tokens: 1 },
    completion_tokens_details: {
      reasoning_tokens: 4,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function logprobsOf(token: string, top: number): Record<string, unknown> {
  const entry = { token, logprob: -0.25, bytes: [...Buffer.from(token)] };
  return { ...entry, top_logprobs: Array.from({ length: top }, () => entry) };
}

function plainBody(facts: AnswerFacts, choices: readonly Choice[]): string {
  const top = Number(facts.request['top_logprobs'] ?? 0);
  return JSON.stringify({
    ...common(facts),
    object: 'chat.completion',
    choices: choices.map(({ index, content, toolCalls, finishReason }) => ({
      index,
      message: {
        role: 'assistant',
        content: toolCalls.length > 0 ? null : content.join(''),
        refusal: null,
        annotations: [],
        ...(toolCalls.length === 0
          ? {}
          : { tool_calls: toolCalls.map(({ id, ...call }) => ({ id, type: 'function', function: call })) }),
      },
      logprobs:
        facts.request['logprobs'] === true
          ? { content: content.map((token) => logprobsOf(token, top)), refusal: null }
          : null,
      finish_reason: finishReason,
    })),
    usage: usageOf(facts, choices),
  });
}

function streamParts(facts: AnswerFacts, choices: readonly Choice[]): StreamPart[] {
  const options = facts.request['stream_options'] as { include_usage?: boolean } | null | undefined;
  const withUsage = options?.include_usage === true;
  const part = (role: StreamPart['role'], list: unknown[], usage: unknown = null): StreamPart => ({
    role,
    text: `data: ${JSON.stringify({
      ...common(facts),
      object: 'chat.completion.chunk',
      choices: list,
      ...(withUsage ? { usage } : {}),
    })}\n\n`,
  });
  const opening = choices.map(({ index }) =>
    part('open', [
      {
        index,
        delta: { role: 'assistant', content: '', refusal: null },
        logprobs: null,
        finish_reason: null,
      },
    ]),
  );
  const finishing = choices.map(({ index, finishReason }) =>
    part('finish', [{ index, delta: {}, logprobs: null, finish_reason: finishReason }]),
  );
  return [
    ...opening,
    ...contentDeltas(facts, choices).map((choice) => part('content', [choice])),
    ...finishing,
    ...(withUsage ? [part('usage', [], usageOf(facts, choices))] : []),
    { role: 'end', text: 'data: [DONE]\n\n' },
  ];
}

/** The choices' parts in turn, as a provider sends them. */
function contentDeltas(facts: AnswerFacts, choices: readonly Choice[]): unknown[] {
  const top = Number(facts.request['top_logprobs'] ?? 0);
  const perChoice = choices.map(({ index, content, toolCalls }) => [
    ...content.map((token) => ({
      index,
      delta: { content: token },
      logprobs:
        facts.request['logprobs'] === true ? { content: [logprobsOf(token, top)], refusal: null } : null,
      finish_reason: null,
    })),
    ...toolCalls.flatMap((call, position) => toolDeltas(index, call, position)),
  ]);
  const longest = Math.max(0, ...perChoice.map(({ length }) => length));
  return Array.from({ length: longest }, (_, row) => perChoice.flatMap((list) => list[row] ?? [])).flat();
}

function toolDeltas(index: number, call: Choice['toolCalls'][number], position: number): unknown[] {
  const delta = (toolCall: object): unknown => ({
    index,
    delta: { tool_calls: [{ index: position, ...toolCall }] },
    logprobs: null,
    finish_reason: null,
  });
  const pieces = call.arguments.match(/.{1,7}/gsu) ?? [];
  return [
    delta({ id: call.id, type: 'function', function: { name: call.name, arguments: '' } }),
    ...pieces.map((piece) => delta({ function: { arguments: piece } })),
  ];
}
