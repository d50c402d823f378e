import type { z } from 'zod';
import { closestName } from '../util/closest-name.ts';

type Issue = z.core.$ZodIssue;

/** Zod's own words about a union; one with words of its own is explained by these. */
const UNION_MESSAGE = 'Invalid input';

/** One or more sentences for one Zod issue: where, expected, found, and the nearest known name of an unknown key. */
export function explainConfigIssue(issue: Issue, root: unknown, schema: z.core.$ZodType): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeysAt(schema, path);
    return issue.keys.map((key) => unknownKey([...path, key], known));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0 && issue.message === UNION_MESSAGE) {
    const branch = issue.errors.reduce((best, errors) => (weightOf(errors) < weightOf(best) ? errors : best));
    return branch.flatMap((inner) =>
      explainConfigIssue({ ...inner, path: [...issue.path, ...inner.path] } as Issue, root, schema),
    );
  }
  if (issue.code === 'invalid_key')
    return [`${dotted(path)}: ${issue.issues[0]?.message ?? issue.message}; found ${quoted(path.at(-1))}`];
  const found = describe(valueAt(root, path));
  const expected = expectedOf(issue);
  const nearest = issue.code === 'invalid_value' ? nearestValue(issue.values, valueAt(root, path)) : '';
  return [`${dotted(path)}: ${expected}; found ${found}${nearest}`];
}

/** The branch that knows most of what was written is the one that was meant: unknown keys weigh double, and another type is no match at all. */
function weightOf(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + weightOfIssue(issue), 0);
}

function weightOfIssue(issue: Issue): number {
  const isWhole = issue.path.length === 0;
  if (issue.code === 'invalid_type' && isWhole) return Number.MAX_SAFE_INTEGER;
  if (issue.code === 'invalid_union' && isWhole) return Math.min(...issue.errors.map(weightOf));
  return issue.code === 'unrecognized_keys' ? 2 * issue.keys.length : 1;
}

function expectedOf(issue: Issue): string {
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`;
  if (issue.code === 'invalid_value')
    return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
  return issue.message.replace(/^Invalid input: /, '');
}

/** ` (did you mean "…"?)`, or nothing when no value is near. */
export function nearestValue(values: readonly unknown[], found: unknown): string {
  if (typeof found !== 'string') return '';
  const nearest = closestName(
    found,
    values.filter((value) => typeof value === 'string'),
  );
  return nearest === undefined ? '' : ` (did you mean ${quoted(nearest)}?)`;
}

function unknownKey(path: readonly string[], known: readonly string[]): string {
  const nearest = closestName(path.at(-1)!, known);
  const suggestion =
    nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean ${quoted(nearest)}?`;
  return `${dotted(path)}: unknown key; ${suggestion}`;
}

/** The keys that the schema allows at a path. */
function knownKeysAt(schema: z.core.$ZodType, path: readonly string[]): string[] {
  return schemasAt(schema, path).flatMap((found) =>
    'shape' in found._zod.def ? Object.keys(found._zod.def.shape as object) : [],
  );
}

function schemasAt(schema: z.core.$ZodType, path: readonly string[]): z.core.$ZodType[] {
  const def = schema._zod.def as unknown as Record<string, z.core.$ZodType & Record<string, z.core.$ZodType>>;
  if (def['innerType'] !== undefined) return schemasAt(def['innerType'], path);
  if (def['in'] !== undefined) return schemasAt(def['in'], path);
  if (def['options'] !== undefined)
    return (def['options'] as unknown as z.core.$ZodType[]).flatMap((option) => schemasAt(option, path));
  const [head, ...rest] = path;
  if (head === undefined) return [schema];
  const next = def['shape']?.[head] ?? def['valueType'] ?? def['element'];
  return next === undefined ? [] : schemasAt(next, rest);
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      value === null || typeof value !== 'object' ? undefined : (value as Record<string, unknown>)[key],
    root,
  );
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint' || typeof value === 'symbol') return `a ${typeof value}`;
  const text = safeJson(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
}

function dotted(path: readonly string[]): string {
  return path.length === 0 ? 'config' : path.join('.');
}

function quoted(name: string | undefined): string {
  return `"${name ?? ''}"`;
}
