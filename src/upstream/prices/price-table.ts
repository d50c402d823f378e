import { z } from 'zod';
import { priceSchema } from '../../schema/price-config.ts';

/** What models cost, by provider and the provider's name of the model, at some day. */
export const priceTableSchema = z.strictObject({
  source: z.string(),
  /** The day it is of. */
  date: z.iso.date(),
  providers: z.record(z.string(), z.record(z.string(), priceSchema)),
});
export type PriceTable = z.infer<typeof priceTableSchema>;
