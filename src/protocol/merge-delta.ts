/** Any JSON object. */
export type JsonObject = Record<string, unknown>;

/** Texts that a later part replaces; all others are continued by it. */
const REPLACED = new Set([
  'id',
  'type',
  'name',
  'role',
  'object',
  'model',
  'format',
  'status',
  'call_id',
  'signature',
  'created',
  'expires_at',
  'finish_reason',
  'native_finish_reason',
  'system_fingerprint',
  'service_tier',
]);

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Adds what a part of a stream says to what those before it said: texts and lists grow, objects are merged, the rest is replaced. */
export function mergeDelta(target: JsonObject, delta: JsonObject): void {
  for (const [key, value] of Object.entries(delta)) {
    const before = Object.hasOwn(target, key) ? target[key] : undefined;
    setKey(target, key, merged(key, before, value));
  }
}

/** Sets a key of an object that came from elsewhere: `__proto__` is one like any other. */
export function setKey(target: JsonObject, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
}

function merged(key: string, before: unknown, after: unknown): unknown {
  if (after === null || after === undefined) return before ?? after;
  if (Array.isArray(after)) return extended(Array.isArray(before) ? before : [], after);
  if (isObject(after)) {
    const target = isObject(before) ? before : {};
    mergeDelta(target, after);
    return target;
  }
  if (typeof after !== 'string' || typeof before !== 'string') return after;
  if (REPLACED.has(key)) return after === '' ? before : after;
  return before + after;
}

/** Entries with an `index` continue the entry of that index; others are appended. */
function extended(target: unknown[], added: readonly unknown[]): unknown[] {
  for (const entry of added) {
    const index = isObject(entry) ? entry['index'] : undefined;
    if (typeof index !== 'number') {
      target.push(entry);
      continue;
    }
    const same = target.find((known) => isObject(known) && known['index'] === index);
    if (isObject(same)) mergeDelta(same, entry as JsonObject);
    else target.push(merged('', undefined, entry));
  }
  return target;
}
