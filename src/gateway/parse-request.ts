import type { z } from 'zod';
import { badRequest, type ApiError } from './api-error.ts';

/** Checks a parsed body or query against a schema. Throws a 400 that names the first wrong part, what was expected and what was found. */
export function parseRequest<T>(schema: z.ZodType<T>, value: unknown, part: 'body' | 'query' = 'body'): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw requestError(parsed.error.issues[0]!, part);
}

function requestError(issue: z.core.$ZodIssue, part: string): ApiError {
  const param = pathText(issue.path);
  const message = issue.message.replace(/^Invalid (?:input|option|key): /, '');
  return param === '' ? badRequest(`The ${part} is wrong: ${message}.`) : badRequest(`${message}.`, param);
}

/** `messages[0].role`, cut when a client sends absurd keys. */
function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? String(key) : `.${String(key)}`;
  }
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
