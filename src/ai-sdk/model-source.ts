import type { EmbeddingModelV4, LanguageModelV4 } from '@ai-sdk/provider';

/** Where a provider's models are. */
export interface ModelSource {
  languageModel(modelId: string): LanguageModelV4;
  embeddingModel(modelId: string): EmbeddingModelV4;
  close?(): Promise<void>;
}
