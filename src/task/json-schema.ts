/** A JSON object. */
export type Json = Record<string, unknown>;

/** Deeper nesting than this no generator of schemas writes. */
const MAX_DEPTH = 8;

/** The strings that a schema with `enum` or `const`, perhaps inside `anyOf`, allows; null: any. */
export function allowedStrings(schema: unknown, root: Json, depth = 0): Set<unknown> | null {
  const resolved = resolve(schema, root);
  if (Array.isArray(resolved['enum'])) return new Set(resolved['enum'] as unknown[]);
  if ('const' in resolved) return new Set([resolved['const']]);
  const branches = branchesOf(resolved).filter((branch) => allowsType(resolve(branch, root), 'string', root));
  if (branches.length === 0 || depth >= MAX_DEPTH) return null;
  const all = new Set<unknown>();
  for (const branch of branches) {
    const allowed = allowedStrings(branch, root, depth + 1);
    if (allowed === null) return null;
    for (const value of allowed) all.add(value);
  }
  return all;
}

/** Whether values of a type can satisfy an already resolved schema. */
export function allowsType(schema: Json, type: 'string' | 'number' | 'null', root: Json, depth = 0): boolean {
  const stated = schema['type'];
  if (stated === type || (Array.isArray(stated) && stated.includes(type))) return true;
  if (stated !== undefined) return false;
  if (Array.isArray(schema['enum'])) return schema['enum'].some((value) => typeNameOf(value) === type);
  if ('const' in schema) return typeNameOf(schema['const']) === type;
  const branches = branchesOf(schema);
  return (
    depth < MAX_DEPTH && branches.some((branch) => allowsType(resolve(branch, root), type, root, depth + 1))
  );
}

function typeNameOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function branchesOf(schema: Json): unknown[] {
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    if (Array.isArray(schema[key])) return schema[key] as unknown[];
  }
  return [];
}

/** Follows references inside the schema (`#/$defs/Topic`), and single-branch `allOf`, as schema generators write them. */
export function resolve(schema: unknown, root: Json): Json {
  let current = schema;
  for (let step = 0; step < MAX_DEPTH && isObject(current); step++) {
    const reference = current['$ref'];
    const [only, ...more] = Array.isArray(current['allOf']) ? (current['allOf'] as unknown[]) : [];
    if (typeof reference === 'string') current = atPointer(root, reference);
    else if (only !== undefined && more.length === 0 && current['type'] === undefined) current = only;
    else return current;
  }
  return {};
}

function atPointer(root: Json, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined;
  let current: unknown = root;
  for (const key of reference.slice(1).split('/').slice(1)) {
    if (!isObject(current)) return undefined;
    current = current[decodePointer(key)];
  }
  return current;
}

/** RFC 6901. */
function decodePointer(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Whether a value is a JSON object, not an array. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
