import { z } from 'zod';

const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.unknown().optional(),
});

/** The parts of a chat-completion request that an own model reads; whatever else OpenAI's API knows is let through unread. */
export const chatRequestSchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  n: z.literal(1, 'expected 1: a classifier has one answer').nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  response_format: z.unknown().optional(),
  tool_choice: z.unknown().optional(),
});
export type ChatCompletionRequest = z.infer<typeof chatRequestSchema>;
