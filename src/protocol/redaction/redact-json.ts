/** What becomes of one text or number; `field` is the key it stands behind, null in a list or alone. */
export interface ValueRules {
  text(value: string, field: string | null): string;
  /** A number as it is written; null: it stays. Otherwise a text that takes its place. */
  number: ((digits: string, field: string | null) => string | null) | null;
}

const NUMBER = /(?<![\d.eE+-])\d{6,19}(?![\d.eE])/g;
const COLON = /^\s*:/;
const COLON_ALONE = /^\s*:\s*$/;

/**
 * Applies rules to the values in JSON text and leaves every other byte as it is: keys, spaces, how numbers and characters are
 * written. Expects valid JSON.
 */
export function redactJsonText(json: string, rules: ValueRules): string {
  const parts: string[] = [];
  let done = 0;
  let field: string | null = null;
  let fieldEnd = 0;
  for (let start = json.indexOf('"'); start !== -1; start = json.indexOf('"', fieldEnd)) {
    const between = json.slice(fieldEnd, start);
    const end = literalEnd(json, start);
    const literal = json.slice(start, end);
    if (rules.number !== null) {
      const kept = withNumbers(between, field, rules.number);
      if (kept !== between) {
        parts.push(json.slice(done, fieldEnd), kept);
        done = start;
      }
    }
    const isKey = isColonAt(json, end);
    if (!isKey) {
      const value = valueOf(literal);
      const redacted = rules.text(value, field !== null && COLON_ALONE.test(between) ? field : null);
      if (redacted !== value) {
        parts.push(json.slice(done, start), JSON.stringify(redacted));
        done = end;
      }
    }
    field = isKey ? valueOf(literal) : null;
    fieldEnd = end;
  }
  const rest = json.slice(fieldEnd);
  const kept = rules.number === null ? rest : withNumbers(rest, field, rules.number);
  if (parts.length === 0 && kept === rest) return json;
  return parts.join('') + json.slice(done, fieldEnd) + kept;
}

/** Behind the closing quote of the string that begins at `start`. */
function literalEnd(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); quote !== -1; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return json.length;
}

function isColonAt(json: string, at: number): boolean {
  const next = json[at];
  if (next === ':') return true;
  return (
    (next === ' ' || next === '\n' || next === '\r' || next === '\t') && COLON.test(json.slice(at, at + 100))
  );
}

function valueOf(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal.slice(1, -1);
  }
}

/** Only the number right behind a key belongs to it. */
function withNumbers(between: string, field: string | null, rule: NonNullable<ValueRules['number']>): string {
  return between.replaceAll(NUMBER, (digits: string, at: number) => {
    const isOfField = field !== null && COLON_ALONE.test(between.slice(0, at));
    const replaced = rule(digits, isOfField ? field : null);
    return replaced === null ? digits : JSON.stringify(replaced);
  });
}
