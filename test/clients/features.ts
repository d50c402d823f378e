/** What a client may want of the API, in the order of the table. */
export const FEATURES = {
  plain: 'a plain answer',
  stream: 'a streamed answer, piece by piece',
  usage: 'usage, with cached tokens',
  'usage-stream': 'usage of a stream, when asked for',
  tools: 'tool calls',
  'tools-stream': 'tool calls, streamed',
  'tools-steps': 'tools over two turns',
  schema: 'a JSON schema, parsed',
  image: 'an image part',
  audio: 'an audio part',
  file: 'a PDF part',
  logprobs: 'log-probabilities',
  choices: 'several choices (`n`)',
  responses: 'responses',
  'responses-stream': 'responses, streamed',
  'responses-tools': 'responses with tools, two turns',
  'embeddings-float': 'embeddings as numbers',
  'embeddings-base64': 'embeddings as base64',
  models: 'the list of models',
  errors: "errors typed, with the provider's code and request id",
  retries: 'retries that honour `retry-after`',
  abort: 'abort reaches the provider',
  'time-out': "the client's time-out reaches the provider",
  headers: 'headers of your own reach the provider',
  metadata: '`metadata` reaches the provider',
} as const;
export type Feature = keyof typeof FEATURES;

/** What an own model answers of it: a classifier has labels, no tools and no tokens. */
export const OWN_FEATURES: readonly Feature[] = [
  'plain',
  'stream',
  'usage',
  'schema',
  'logprobs',
  'responses',
  'responses-stream',
  'models',
  'errors',
];

/** Who is asked through the gateway. */
export const TARGETS = {
  address: 'An OpenAI-compatible address',
  object: 'An AI SDK model object (Anthropic; its embeddings from OpenAI)',
  own: 'An own model',
} as const;
export type Target = keyof typeof TARGETS;

export const CLIENTS = {
  'openai-js': '`openai` (JavaScript)',
  'openai-python': '`openai` (Python)',
  'ai-sdk-homegrown': 'AI SDK, `homegrown/ai-sdk`',
  'ai-sdk-openai': 'AI SDK, `@ai-sdk/openai`',
} as const;
export type Client = keyof typeof CLIENTS;
