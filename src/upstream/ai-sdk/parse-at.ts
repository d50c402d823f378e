import type { z } from 'zod';
import { isRecord } from '../../util/is-record.ts';
import { malformed, WireRefusal } from './wire-refusal.ts';

/** A part of the request checked by its schema; a refusal names the first wrong place below `param`. */
export function parseAt<T>(schema: z.ZodType<T>, value: unknown, param: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : `${text === '' ? '' : `${text}.`}${String(key)}`,
    param,
  );
  throw malformed(where.slice(0, 200), `${issue.message.replace(/^Invalid (?:input|option|key): /, '')}.`);
}

/** The request's body as an object. */
export function parseBody(body: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    parsed = undefined;
  }
  if (isRecord(parsed)) return parsed;
  throw new WireRefusal({ code: 'invalid_json', message: 'The body is not a JSON object.' });
}
