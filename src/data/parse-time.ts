const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?$/iu;

/**
 * A point in time as ISO 8601 in UTC, or null when the value is none. Read are ISO 8601 (UTC unless it names an offset, so
 * that the result is the same on every machine), Unix seconds and Unix milliseconds.
 */
export function parseTime(value: unknown): string | null {
  if (value instanceof Date) return toIso(value.getTime());
  if (typeof value === 'bigint') return parseTime(Number(value));
  if (typeof value === 'number') return toIso(Math.abs(value) < 1e11 ? value * 1000 : value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^-?\d{9,13}(\.\d+)?$/u.test(text)) return parseTime(Number(text));
  const match = ISO_TIME.exec(text);
  return match === null ? null : fromIsoParts(match);
}

function fromIsoParts(match: RegExpExecArray): string | null {
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3);
  const offset = zone.toUpperCase() === 'UTC' ? 'Z' : zone.replace(/^([+-]\d{2}):?(\d{2})$/u, '$1:$2');
  const time = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset.toUpperCase()}`,
  );
  return dayExists(Number(year), Number(month), Number(day)) ? toIso(time) : null;
}

/** `Date.parse` takes 31 February for 3 March. */
function dayExists(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function toIso(milliseconds: number): string | null {
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : null;
}
