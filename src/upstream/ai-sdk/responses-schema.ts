import { z } from 'zod';
import { samplingSchema } from './chat-schema.ts';

const partSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.enum(['input_text', 'output_text', 'text']), text: z.string() }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({
    type: z.literal('input_image'),
    image_url: z.string().nullish(),
    file_id: z.string().nullish(),
    detail: z.string().nullish(),
  }),
  z.looseObject({
    type: z.literal('input_file'),
    file_data: z.string().nullish(),
    file_url: z.string().nullish(),
    file_id: z.string().nullish(),
    filename: z.string().nullish(),
  }),
  z.looseObject({
    type: z.literal('input_audio'),
    input_audio: z.looseObject({ data: z.string(), format: z.string() }),
  }),
]);
/** One part of a message or of a tool's result. */
export type ResponsesPart = z.infer<typeof partSchema>;

export const responsesPartSchema: z.ZodType<ResponsesPart> = partSchema;

/** One item of the input; a message may leave out its type. */
export const responsesItemSchema = z.discriminatedUnion(
  'type',
  [
    z.looseObject({
      type: z.literal('message'),
      role: z.enum(['system', 'developer', 'user', 'assistant']),
      content: z.unknown(),
    }),
    z.looseObject({
      type: z.literal('function_call'),
      call_id: z.string().min(1),
      name: z.string(),
      arguments: z.string(),
    }),
    z.looseObject({
      type: z.literal('function_call_output'),
      call_id: z.string().min(1),
      output: z.unknown(),
    }),
    z.looseObject({
      type: z.literal('reasoning'),
      id: z.string().nullish(),
      summary: z.array(z.looseObject({ text: z.string() })).nullish(),
      encrypted_content: z.string().nullish(),
    }),
  ],
  'items of other types than message, function_call, function_call_output and reasoning are not translated',
);
export type ResponsesItem = z.infer<typeof responsesItemSchema>;

/** A tool; those that run at OpenAI are not translated. */
export const responsesToolSchema = z.looseObject({
  type: z.literal('function', 'only tools of type "function" are translated'),
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});

const formatSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    name: z.string().optional(),
    description: z.string().nullish(),
    schema: z.record(z.string(), z.unknown()),
    strict: z.boolean().nullish(),
  }),
]);

/** The parameters that are translated by name; the rest is in `extra-parameters.ts`. */
export const responsesBodySchema = z.looseObject({
  ...samplingSchema,
  input: z.union([z.string(), z.array(z.unknown()).min(1)], 'expected a string or a list of items'),
  instructions: z.string().nullish(),
  max_output_tokens: z.number().int().positive().nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.unknown().optional(),
  text: z.looseObject({ format: formatSchema.nullish(), verbosity: z.string().nullish() }).nullish(),
  reasoning: z.looseObject({ effort: z.string().nullish(), summary: z.string().nullish() }).nullish(),
  include: z.array(z.string()).nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  stream_options: z.looseObject({}).nullish(),
});
export type ResponsesBody = z.infer<typeof responsesBodySchema>;
