import { z } from 'zod';

const itemSchema = z.looseObject({
  role: z.string().optional(),
  content: z.unknown().optional(),
});

/** The parts of a request of the responses endpoint that an own model reads; whatever else OpenAI's API knows is let through unread. */
export const responsesRequestSchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(itemSchema).min(1)], 'expected a string or a list of items'),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  background: z.literal(false, 'expected false: this model answers at once').nullish(),
  previous_response_id: z.null('expected null: this server keeps no conversations').optional(),
  text: z.looseObject({ format: z.unknown().optional() }).nullish(),
  include: z.array(z.string()).nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  tool_choice: z.unknown().optional(),
});
export type ResponsesRequest = z.infer<typeof responsesRequestSchema>;

type Item = z.infer<typeof itemSchema>;

/** The same as a request for a chat completion, so that one mapping serves both. */
export function chatRequestOf(request: ResponsesRequest): Record<string, unknown> {
  const { input, instructions, text, include, ...rest } = request;
  const items: Item[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  const messages = items
    .filter(({ role }) => role !== undefined)
    .map((item) => ({ ...item, content: partsOf(item.content) }));
  const system = typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : [];
  return {
    ...rest,
    messages: [...system, ...messages],
    response_format: formatOf(text?.format),
    logprobs: include?.includes('message.output_text.logprobs') === true || (request.top_logprobs ?? 0) > 0,
  };
}

function partsOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return (content as unknown[]).map((part) => {
    const type = (part as { type?: unknown } | null)?.type;
    return type === 'input_text' || type === 'output_text' ? { ...(part as object), type: 'text' } : part;
  });
}

function formatOf(format: unknown): unknown {
  const { type, ...schema } = (format ?? {}) as { type?: unknown };
  return type === 'json_schema' ? { type, json_schema: schema } : format;
}
