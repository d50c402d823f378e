import { labelPropertyIn } from './answer-shape.ts';
import { isObject, type Json } from './json-schema.ts';

/** The inverse of an answer shape: the label in an answer's text, in the form that `response_format` asked for; null when there is none. */
export function readLabelFrom(text: string, responseFormat: unknown, taskName: string): string | null {
  const type = isObject(responseFormat) ? responseFormat['type'] : undefined;
  if (type !== 'json_object' && type !== 'json_schema') return text.trim();
  const answer = parseObject(text);
  if (answer === null) return null;
  const asked = type === 'json_schema' ? schemaOf((responseFormat as Json)['json_schema']) : null;
  const name = asked === null ? undefined : labelPropertyIn(asked, taskName);
  return textOf(answer[name ?? likelyProperty(answer, taskName)]);
}

function schemaOf(jsonSchema: unknown): Json | null {
  return isObject(jsonSchema) && isObject(jsonSchema['schema']) ? jsonSchema['schema'] : null;
}

/** Where no schema says it: the property that a schema of the same names and types would have the label in. */
function likelyProperty(answer: Json, taskName: string): string {
  const properties = Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [name, { type: typeof value }]),
  );
  return labelPropertyIn({ type: 'object', properties }, taskName) ?? '';
}

function parseObject(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
