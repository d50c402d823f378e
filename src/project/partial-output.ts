import { createReadStream, existsSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { HomegrownError, systemCodeOf } from '../errors/homegrown-error.ts';
import { writeFileAtomic } from '../util/atomic-file.ts';

/** Which answers a partial output holds: of this model, this input, these options. */
const partialSchema = z.strictObject({ identity: z.string() });

/**
 * Brings a partial output to its last whole line and counts its lines; 0 when there is none or `fresh` forgets it.
 * Throws `predict/unknown-partial` or `predict/other-partial` when the file there is not to be gone on with.
 */
export async function preparePartialOutput(
  partial: string,
  { identity, fresh }: { identity: string; fresh: boolean },
): Promise<number> {
  const known = await readFile(`${partial}.json`, 'utf8').then(
    (text) => partialSchema.safeParse(JSON.parse(text)).data,
    () => undefined,
  );
  if (!fresh && known === undefined && existsSync(partial)) throw unknownPartial(partial);
  if (fresh || known === undefined) {
    await rm(partial, { force: true });
    await writeFileAtomic(`${partial}.json`, JSON.stringify({ identity }));
    return 0;
  }
  if (known.identity !== identity) throw otherPartial(partial);
  return truncateToWholeLines(partial);
}

function unknownPartial(where: string): HomegrownError {
  return new HomegrownError({
    code: 'predict/unknown-partial',
    message: 'is in the way: it is not known to be a partial output of homegrown predict',
    kind: 'usage',
    where,
    hint: 'Move it away if you need it; --fresh replaces it.',
  });
}

function otherPartial(where: string): HomegrownError {
  return new HomegrownError({
    code: 'predict/other-partial',
    message: 'holds answers of another model, input or option',
    kind: 'usage',
    where,
    hint: 'Start again with --fresh, or name another --output.',
  });
}

async function truncateToWholeLines(partial: string): Promise<number> {
  let lines = 0;
  let end = 0;
  let position = 0;
  try {
    for await (const chunk of createReadStream(partial, { highWaterMark: 1 << 20 })) {
      const bytes = chunk as Buffer;
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
        lines++;
        end = position + at + 1;
      }
      position += bytes.length;
    }
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return 0;
    throw cause;
  }
  const handle = await open(partial, 'r+');
  try {
    await handle.truncate(end);
  } finally {
    await handle.close();
  }
  return lines;
}
