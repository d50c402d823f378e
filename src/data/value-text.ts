/** Text for what is written as a label or a name: text itself, numbers and truth values; null for anything else. */
export function textOfValue(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return typeof value === 'number' && Number.isFinite(value) ? JSON.stringify(value) : null;
}
