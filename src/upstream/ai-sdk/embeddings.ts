import type { EmbeddingModelV4, EmbeddingModelV4Result } from '@ai-sdk/provider';
import { z } from 'zod';
import type { ModelExchange } from './model-exchange.ts';
import { parseAt } from './parse-at.ts';
import { optionsNamespaceOf } from './provider-profile.ts';
import { warningText } from './warning-text.ts';
import { forwardedResponseHeaders, warningHeader } from './wire-headers.ts';
import { unsupported } from './wire-refusal.ts';

const bodySchema = z.looseObject({
  input: z.unknown(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.number().int().positive().nullish(),
  user: z.string().nullish(),
});
type EmbeddingsBody = z.infer<typeof bodySchema>;

/** A request for embeddings on its way to a model. */
export interface EmbeddingCall {
  readonly model: EmbeddingModelV4;
  readonly modelName: string;
  readonly exchange: ModelExchange;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

/** Answers `POST /v1/embeddings` with a model. */
export async function answerEmbeddings(call: EmbeddingCall): Promise<void> {
  const { exchange, modelName } = call;
  const body = parseAt(bodySchema, call.body, '');
  const warnings = unknownParameters(body, call.model);
  const results = await embed(call, body, textsOf(body.input));
  const write = body.encoding_format === 'base64' ? base64Of : (embedding: number[]) => embedding;
  const data = results
    .flatMap(({ embeddings }) => embeddings)
    .map((embedding, index) => ({ object: 'embedding', index, embedding: write(embedding) }));
  await exchange.ready();
  exchange.head(200, {
    ...forwardedResponseHeaders(results[0]?.response?.headers),
    ...warningHeader([...warnings, ...(results[0]?.warnings ?? []).map(warningText)]),
    'content-type': 'application/json',
  });
  exchange.data(JSON.stringify({ object: 'list', data, model: modelName, ...usageOf(results) }));
  exchange.end();
}

/** As many calls as the model's limit makes necessary. */
async function embed(
  { model, exchange, headers }: EmbeddingCall,
  { dimensions, user }: EmbeddingsBody,
  values: readonly string[],
): Promise<EmbeddingModelV4Result[]> {
  const limit = (await model.maxEmbeddingsPerCall) ?? values.length;
  const options = {
    headers,
    abortSignal: exchange.signal,
    ...(dimensions === undefined || dimensions === null ? {} : { dimensions }),
    ...(user === undefined || user === null
      ? {}
      : { providerOptions: { [optionsNamespaceOf(model)]: { user } } }),
  };
  const results: EmbeddingModelV4Result[] = [];
  for (let start = 0; start < values.length; start += limit) {
    results.push(await model.doEmbed({ values: values.slice(start, start + limit), ...options }));
  }
  return results;
}

function textsOf(input: unknown): string[] {
  if (typeof input === 'string') return [input];
  if (Array.isArray(input) && input.some((value) => typeof value === 'number' || Array.isArray(value))) {
    throw unsupported('input', 'token ids are those of one tokenizer; send texts.');
  }
  return parseAt(z.array(z.string()).min(1), input, 'input');
}

/** Little-endian 32-bit floats, as OpenAI's clients read them. */
function base64Of(embedding: readonly number[]): string {
  const bytes = Buffer.alloc(embedding.length * 4);
  for (const [index, value] of embedding.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

function usageOf(results: readonly EmbeddingModelV4Result[]): object {
  const tokens = results
    .map(({ usage }) => usage?.tokens ?? Number.NaN)
    .reduce((sum, count) => sum + count, 0);
  return Number.isNaN(tokens) ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

function unknownParameters(body: EmbeddingsBody, model: EmbeddingModelV4): string[] {
  const unknown = Object.keys(body).filter((name) => name !== 'model' && !(name in bodySchema.shape));
  return unknown.map(
    (name) => `${name}: ${model.provider}/${model.modelId} does not know it; it was left out`,
  );
}
