import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import { z } from 'zod';

/** An AI SDK embedding model object, as a config may hold it. */
export const embeddingModelSchema = z.custom<EmbeddingModelV4>(
  (value) => typeof value === 'object' && value !== null && 'doEmbed' in value && 'modelId' in value,
  'expected an AI SDK embedding model (an object with modelId and doEmbed)',
);
