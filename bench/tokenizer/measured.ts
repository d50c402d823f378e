import { z } from 'zod';

/** What both sides train with. */
export interface TokenizerSettings {
  vocabularySize: number;
  minFrequency: number;
  specialTokens: string[];
  threads: number;
}

/** What one process measured; all texts of the training data are encoded, none seen by the encoder before. */
export const measuredSchema: z.ZodType<Measured> = z.strictObject({
  seconds: z.number(),
  processorSeconds: z.number(),
  peakMemoryBytes: z.number(),
  encodeSeconds: z.number(),
  batchSeconds: z.number().nullable(),
  ids: z.number(),
  merges: z.string(),
});

export interface Measured {
  seconds: number;
  processorSeconds: number;
  /** Until the tokenizer is trained, texts and runtime included. */
  peakMemoryBytes: number;
  /** One text after the other on one thread. */
  encodeSeconds: number;
  /** All texts at once on all threads; null where there is no such call. */
  batchSeconds: number | null;
  ids: number;
  /** Hash of the merges. */
  merges: string;
}
