import { z } from 'zod';
import { HomegrownError } from '../../errors/homegrown-error.ts';

/** A stored record, checked by its schema. Throws `store/corrupt`. */
export function parseStored<T>(schema: z.ZodType<T>, place: string, record: unknown): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new HomegrownError({
    code: 'store/corrupt',
    message: 'a stored record is not what Homegrown writes',
    where: place,
    found: z.prettifyError(parsed.error),
    hint: 'Undo what changed the database by hand, or put back a copy of it.',
  });
}
