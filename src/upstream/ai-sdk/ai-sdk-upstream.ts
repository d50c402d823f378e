import type { EmbeddingModelV4, LanguageModelV4 } from '@ai-sdk/provider';
import type { Endpoint } from '../../schema/inference.ts';
import type { WireExchange, WireHandler, WireRequest, WireUpstream } from '../wire-upstream.ts';
import { answerChat } from './answer-chat.ts';
import { answerResponses } from './answer-responses.ts';
import { answerEmbeddings } from './embeddings.ts';
import { errorEventOf, ModelExchange } from './model-exchange.ts';
import { parseBody } from './parse-at.ts';
import { profileOf, type ProviderProfile } from './provider-profile.ts';
import { forwardedRequestHeaders } from './wire-headers.ts';
import { WireRefusal } from './wire-refusal.ts';

/** Model objects of the AI SDK behind OpenAI's wire format, translated once for all providers. */
export class AiSdkUpstream implements WireUpstream {
  readonly name: string;
  readonly #language: LanguageModelV4;
  readonly #embedding: EmbeddingModelV4 | undefined;
  #profile: Promise<ProviderProfile> | undefined;

  constructor(options: { name: string; model: LanguageModelV4; embeddings?: EmbeddingModelV4 | undefined }) {
    this.name = options.name;
    this.#language = options.model;
    this.#embedding = options.embeddings;
  }

  answers(endpoint: Endpoint): boolean {
    if (endpoint === 'embeddings') return this.#embedding !== undefined;
    return endpoint !== 'predict';
  }

  send(request: WireRequest, handler: WireHandler): WireExchange {
    const exchange = new ModelExchange(handler, errorEventOf(request));
    // Never in the caller's own turn: it does not hold the exchange yet.
    queueMicrotask(
      () => void this.#answer(request, exchange).catch((thrown: unknown) => exchange.fail(thrown)),
    );
    return exchange;
  }

  async #answer(request: WireRequest, exchange: ModelExchange): Promise<void> {
    if (exchange.isOver) return;
    const body = parseBody(request.body);
    const common = {
      exchange,
      modelName: request.model,
      headers: forwardedRequestHeaders(request.headers),
      body,
    };
    if (request.endpoint === 'embeddings') {
      const model = this.#embedding;
      if (model === undefined)
        throw new WireRefusal({
          status: 404,
          code: 'model_not_found',
          message: `the upstream "${this.name}" has no embedding model.`,
          param: 'model',
        });
      return answerEmbeddings({ ...common, model: this.#checked(model, request.model) });
    }
    const model = this.#checked(this.#language, request.model);
    this.#profile ??= profileOf(model);
    const context = { profile: await this.#profile, warnings: [] };
    const answer = request.endpoint === 'responses' ? answerResponses : answerChat;
    return answer({ ...common, model, context, stream: request.stream });
  }

  /** A model object is one model: another name cannot be meant for it. */
  #checked<T extends LanguageModelV4 | EmbeddingModelV4>(model: T, name: string): T {
    if (name === model.modelId) return model;
    const message = `the upstream "${this.name}" is the model object ${model.modelId}, not ${JSON.stringify(name.slice(0, 100))}.`;
    throw new WireRefusal({ status: 404, code: 'model_not_found', message, param: 'model' });
  }
}
