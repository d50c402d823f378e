import { z } from 'zod';

/** The three parts of a data set: models train on `train`, choices use `validation`, reports use `held-out`. */
export const splitSchema = z.enum(['train', 'validation', 'held-out']);
export type Split = z.infer<typeof splitSchema>;
export const SPLITS: readonly Split[] = splitSchema.options;
