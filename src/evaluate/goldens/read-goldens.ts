import { readFileSync } from 'node:fs';
import { z } from 'zod';

const numbers = z.array(z.number());
const maybeNumbers = z.array(z.number().nullable());

const goldensSchema = z.strictObject({
  student: z.array(z.strictObject({ p: z.number(), degreesOfFreedom: z.number(), quantile: z.number() })),
  normal: z.array(z.strictObject({ p: z.number(), quantile: z.number() })),
  wilson: z.array(
    z.strictObject({ right: z.number(), trials: z.number(), low: z.number(), high: z.number() }),
  ),
  classification: z.array(
    z.strictObject({
      labels: z.number(),
      expected: numbers,
      predicted: numbers,
      confidence: numbers,
      accuracy: z.number(),
      macroF1: z.number(),
      precision: maybeNumbers,
      recall: maybeNumbers,
      f1: maybeNumbers,
      support: numbers,
      confusion: z.array(numbers),
      calibrationError: z.number(),
    }),
  ),
});

/** Numbers that scipy and scikit-learn gave (make_goldens.py). */
export const goldens: z.infer<typeof goldensSchema> = goldensSchema.parse(
  JSON.parse(readFileSync(new URL('goldens.json', import.meta.url), 'utf8')),
);
