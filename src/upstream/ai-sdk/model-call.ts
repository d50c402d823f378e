import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';
import type { ModelExchange } from './model-exchange.ts';

/** A request on its way to a language model. */
export interface ModelCall {
  readonly model: LanguageModelV4;
  /** The model as the request names it. */
  readonly modelName: string;
  readonly context: CallContext;
  readonly exchange: ModelExchange;
  /** For the provider. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
  readonly stream: boolean;
}
