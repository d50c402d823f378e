import { type PriceTable, priceTableSchema } from './price-table.ts';
import table from './price-table.json' with { type: 'json' };

let parsed: PriceTable | undefined;

/** The table that comes with this version of Homegrown. */
export function bundledPriceTable(): PriceTable {
  return (parsed ??= priceTableSchema.parse(table));
}
