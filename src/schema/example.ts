import { z } from 'zod';
import { labelledBySchema } from './captured-source.ts';
import { splitSchema } from './split.ts';

/** One labelled input as a data-set version stores it, one JSON line each. */
export const exampleSchema = z.strictObject({
  /** First 16 hexadecimal digits of the SHA-256 of the input: the example's identity inside its data set. */
  id: z.string(),
  input: z.string(),
  output: z.string(),
  group: z.string(),
  split: splitSchema,
  /** ISO 8601, or null when the source has none. */
  time: z.string().nullable(),
  weight: z.number().positive(),
  /** Where it came from. */
  origin: z.union([
    /** A file relative to the project, and the line or row number, from 1. */
    z.strictObject({ file: z.string(), line: z.number().int().positive() }),
    /** A captured call, and what made its output a label. */
    z.strictObject({ inference: z.string(), label: labelledBySchema }),
  ]),
});
export type Example = z.infer<typeof exampleSchema>;
