import { z } from 'zod';
import { redactionKindSchema } from './capture-config.ts';

/** What was replaced in the calls that examples came from; a model made of them must see its inputs in the same way. */
export const redactionRecordSchema = z.strictObject({
  kinds: z.array(redactionKindSchema),
  /** Whether the config's own `redactText` took part. */
  ownFunction: z.boolean(),
});
export type RedactionRecord = z.infer<typeof redactionRecordSchema>;
