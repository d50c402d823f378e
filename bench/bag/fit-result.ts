import { z } from 'zod';

/** What one fit in its own process writes: times, memory, and its answers on the held-out texts in file order. */
export const fitResultSchema = z.strictObject({
  seconds: z.number().positive(),
  /** Processor seconds of the training, all threads together. */
  processorSeconds: z.number().positive(),
  /** Seconds by stage of the training, as far as the program can tell them apart. */
  stages: z.record(z.string(), z.number()),
  /** Peak resident memory of the process until the model is trained. */
  peakMemoryBytes: z.number().positive(),
  /** Median time of one held-out text at a time, in process. */
  p50LatencyMicroseconds: z.number().positive(),
  predictions: z.array(z.string()),
  /** Only ours: the probability of each prediction, and the same model with 8-bit weights. */
  topProbabilities: z.array(z.number()).optional(),
  int8: z.strictObject({ bytes: z.number(), predictions: z.array(z.string()) }).optional(),
});
export type FitResult = z.infer<typeof fitResultSchema>;
