import { z } from 'zod';

const functionSchema = z.looseObject({
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});

/** A tool as chat completions define it. */
export const chatToolSchema = z.looseObject({
  type: z.literal('function', 'only tools of type "function" can be translated'),
  function: functionSchema,
});

/** A call of a tool in an assistant's message. */
export const chatToolCallSchema = z.looseObject({
  id: z.string().min(1),
  type: z.literal('function', 'only calls of type "function" can be translated').nullish(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});

const partSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({
    type: z.literal('image_url'),
    image_url: z.looseObject({ url: z.string(), detail: z.string().nullish() }),
  }),
  z.looseObject({
    type: z.literal('input_audio'),
    input_audio: z.looseObject({ data: z.string(), format: z.string() }),
  }),
  z.looseObject({
    type: z.literal('file'),
    file: z.looseObject({
      file_data: z.string().nullish(),
      file_id: z.string().nullish(),
      filename: z.string().nullish(),
    }),
  }),
]);
/** One part of a message's content. */
export type ChatPart = z.infer<typeof partSchema>;

export const chatPartSchema: z.ZodType<ChatPart> = partSchema;

const name = z.string().nullish();
const content = z.unknown();

/** A message; its content is looked at part by part, so that a refusal can name the part. */
export const chatMessageSchema = z.discriminatedUnion(
  'role',
  [
    z.looseObject({ role: z.enum(['system', 'developer']), content, name }),
    z.looseObject({ role: z.literal('user'), content, name }),
    z.looseObject({
      role: z.literal('assistant'),
      content,
      name,
      refusal: z.string().nullish(),
      reasoning_content: z.string().nullish(),
      tool_calls: z.array(z.unknown()).nullish(),
      function_call: z.null('this old form is not translated; use tool_calls').optional(),
      audio: z.null('an earlier spoken answer cannot be referred to').optional(),
    }),
    z.looseObject({ role: z.literal('tool'), content, tool_call_id: z.string().min(1) }),
  ],
  'expected "system", "developer", "user", "assistant" or "tool"',
);
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/** What decides how an answer is sampled, the same in both of OpenAI's APIs. */
export const samplingSchema = {
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  providerOptions: z.record(z.string(), z.record(z.string(), z.json())).nullish(),
};

/** Format of an answer in chat completions. */
export const responseFormatSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({
      name: z.string().optional(),
      description: z.string().nullish(),
      schema: z.record(z.string(), z.unknown()).optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

/** The parameters of a chat completion that are translated by name; the rest is in `extra-parameters.ts`. */
export const chatBodySchema = z.looseObject({
  ...samplingSchema,
  messages: z.array(z.unknown()).min(1),
  max_tokens: z.number().int().positive().nullish(),
  max_completion_tokens: z.number().int().positive().nullish(),
  stop: z.union([z.string(), z.array(z.string())], 'expected a string or a list of strings').nullish(),
  seed: z.number().int().nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  top_k: z.number().int().positive().nullish(),
  reasoning_effort: z.string().nullish(),
  response_format: responseFormatSchema.nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.unknown().optional(),
  n: z.number().int().min(1).max(16).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});
export type ChatBody = z.infer<typeof chatBodySchema>;
