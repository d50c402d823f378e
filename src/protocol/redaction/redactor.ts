import type { CaptureConfig } from '../../schema/capture-config.ts';
import { isObject, type JsonObject, setKey } from '../merge-delta.ts';
import { isCardNumber } from './card.ts';
import { BASE64, runEnd } from './character-kind.ts';
import type { FindOptions } from './find-identifiers.ts';
import { isPhoneField } from './phone.ts';
import { redactJsonText } from './redact-json.ts';
import { LEAST_IDENTIFIER, redactPlainText } from './redact-text.ts';
import { isTokenList, redactTokens } from './redact-tokens.ts';
import { isSecretField } from './secret.ts';

/** Shorter base64 may be a secret. */
const LEAST_DATA = 256;
/** JSON in a text in JSON: arguments of a tool call that quote a call. */
const DEEPEST_TEXT = 4;

/** Takes personal data and secrets out of what is kept and trained on; the same whether it is given text, JSON text or a value. */
export interface Redactor {
  /** false: everything is returned as it is. */
  readonly isActive: boolean;
  /** One text, for example a message. Texts that are JSON are redacted value by value and stay JSON. */
  text(text: string): string;
  /** JSON text; what is not a redacted value keeps every byte. Expects valid JSON. */
  json(json: string): string;
  /** Parsed JSON; what does not change is returned itself, not a copy. */
  value<T>(value: T): T;
}

/** The redaction that a config asks for: its own function first, then what is found by its form. */
export function redactor({ redact, redactText }: Pick<CaptureConfig, 'redact' | 'redactText'>): Redactor {
  const kinds = new Set(redact);
  const isActive = kinds.size > 0 || redactText !== undefined;
  const own = (text: string): string => (redactText === undefined ? text : applyOwn(redactText, text));
  const byForm = (text: string, field: string | null): string => redactByForm(text, field, kinds, 0);
  const leaf = (text: string, field: string | null): string =>
    isData(text) ? text : byForm(own(text), field);
  const value = <T>(given: T): T => (isActive ? (redactValue(given, null, leaf) as T) : given);
  const json = (text: string): string => {
    if (!isActive) return text;
    if (!text.includes('"logprob"')) return redactJsonText(text, { text: leaf, number: null });
    const parsed: unknown = JSON.parse(text);
    const redacted = value(parsed);
    return redacted === parsed ? text : JSON.stringify(redacted);
  };
  return { isActive, text: (text) => leaf(text, null), json, value };
}

/** A function of the config that fails must not let a text through. */
function applyOwn(redactText: (text: string) => string, text: string): string {
  try {
    const redacted: unknown = redactText(text);
    return typeof redacted === 'string' ? redacted : '[redactText gave no text]';
  } catch {
    return '[redactText failed]';
  }
}

function redactByForm(
  text: string,
  field: string | null,
  kinds: FindOptions['kinds'],
  depth: number,
): string {
  if (text.length < LEAST_IDENTIFIER || kinds.size === 0) return text;
  if (depth < DEEPEST_TEXT && looksLikeJson(text) && isJson(text)) {
    return redactJsonText(text, {
      text: (value, inner) => redactByForm(value, inner, kinds, depth + 1),
      number: (digits, inner) => markOfNumber(digits, inner, kinds),
    });
  }
  if (field !== null && kinds.has('key') && isSecretField(field, text)) return '[key]';
  return redactPlainText(text, {
    kinds,
    called: field !== null && kinds.has('phone') && isPhoneField(field),
  });
}

function markOfNumber(digits: string, field: string | null, kinds: FindOptions['kinds']): string | null {
  if (kinds.has('card') && isCardNumber(digits)) return '[card]';
  if (field === null) return null;
  if (kinds.has('phone') && digits.length >= 7 && digits.length <= 15 && isPhoneField(field))
    return '[phone]';
  return kinds.has('key') && isSecretField(field, digits) ? '[key]' : null;
}

function looksLikeJson(text: string): boolean {
  const first = text.trimStart()[0];
  return (first === '{' || first === '[') && /[}\]]\s*$/.test(text.slice(-16));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Pictures and sound as base64, with or without `data:` before them. */
function isData(text: string): boolean {
  if (text.length < LEAST_DATA) return false;
  const start = /^data:[^,]{0,120};base64,/.exec(text.slice(0, 140))?.[0].length ?? 0;
  return runEnd(text, start, BASE64) === text.length;
}

function redactValue(
  value: unknown,
  field: string | null,
  leaf: (text: string, field: string | null) => string,
): unknown {
  if (typeof value === 'string') return leaf(value, field);
  if (Array.isArray(value)) return redactList(value, leaf);
  if (!isObject(value)) return value;
  let changed: JsonObject | null = null;
  for (const [key, before] of Object.entries(value)) {
    const after = redactValue(before, key, leaf);
    if (after === before) continue;
    changed ??= { ...value };
    setKey(changed, key, after);
  }
  return changed ?? value;
}

function redactList(
  list: readonly unknown[],
  leaf: (text: string, field: string | null) => string,
): readonly unknown[] {
  if (isTokenList(list)) return redactTokens(list, (text) => leaf(text, null));
  const redacted = list.map((entry) => redactValue(entry, null, leaf));
  return redacted.every((entry, index) => entry === list[index]) ? list : redacted;
}
