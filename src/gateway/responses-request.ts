import { z } from 'zod';
import { chatRequestOf } from '../task/chat-view.ts';

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

/** The same as a request for a chat completion, so that one mapping serves both. */
export function asChatRequest(request: ResponsesRequest): Record<string, unknown> {
  const wantsLogprobs = request.include?.includes('message.output_text.logprobs') === true;
  return {
    ...chatRequestOf('responses', request),
    logprobs: wantsLogprobs || (request.top_logprobs ?? 0) > 0,
  };
}
