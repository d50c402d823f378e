import { z } from 'zod';

/** The techniques, cheap to dear. A candidate is named for its rung, with `/variant` when a rung builds several. */
export const rungNameSchema = z.enum(['prompt', 'few-shot', 'bag', 'encoder', 'blend']);
export type RungName = z.infer<typeof rungNameSchema>;
export const RUNG_NAMES: readonly RungName[] = rungNameSchema.options;
