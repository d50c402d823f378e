import { isObject, type JsonObject } from './merge-delta.ts';

const TEXT = '"content":"';
/** Differs from part to part and says nothing. */
const PADDING = '"obfuscation":"';

/**
 * A run of parts of a chat completion that differ in their text alone (and in padding): the text of the next one is read without
 * parsing the part. Any other part between them ends the run, so nothing else of them can have changed.
 */
export class TextRun {
  /** Of which choice the texts are. */
  index = 0;
  #before: string | null = null;
  #after = '';
  /** After the padding; null: there is none. */
  #end: string | null = null;

  /** The text of a part that goes on with the run; null: it does not. */
  textOf(data: string): string | null {
    const before = this.#before;
    if (before === null || !data.startsWith(before)) return null;
    const end = endOfPlainText(data, before.length);
    if (end === -1 || !data.startsWith(this.#after, end)) return null;
    const rest = end + this.#after.length;
    if (this.#end === null) return rest === data.length ? data.slice(before.length, end) : null;
    const padded = endOfPlainText(data, rest);
    const isWhole = padded !== -1 && data.length === padded + this.#end.length && data.endsWith(this.#end);
    return isWhole ? data.slice(before.length, end) : null;
  }

  /** Begins a run with a part that was parsed, if it has one text and nothing else that adds up. */
  begin(data: string, part: JsonObject): void {
    this.#before = null;
    const index = indexOfOnlyText(part);
    const at = data.indexOf(TEXT);
    if (index === null || at === -1) return;
    const start = at + TEXT.length;
    const end = endOfPlainText(data, start);
    if (end === -1 || data.includes(TEXT, end)) return;
    const padding = data.indexOf(PADDING, end);
    const padded = padding === -1 ? -1 : endOfPlainText(data, padding + PADDING.length);
    this.index = index;
    this.#before = data.slice(0, start);
    this.#after = padded === -1 ? data.slice(end) : data.slice(end, padding + PADDING.length);
    this.#end = padded === -1 ? null : data.slice(padded);
  }
}

/** Where the quote is that ends a text without escapes, or -1. */
function endOfPlainText(data: string, start: number): number {
  for (let at = start; at < data.length; at++) {
    const code = data.charCodeAt(at);
    if (code === 0x22) return at;
    if (code === 0x5c || code < 0x20) return -1;
  }
  return -1;
}

/** The index of the only choice, when all it says is a text, and what does not add up: numbers, null, its role. */
function indexOfOnlyText({ choices }: JsonObject): number | null {
  if (!Array.isArray(choices) || choices.length !== 1) return null;
  const { index, delta, ...fields } = choices[0] as JsonObject;
  if (typeof index !== 'number' || !isObject(delta)) return null;
  const { content, role, ...others } = delta;
  const addNothing = [...Object.values(fields), ...Object.values(others)].every((value) => value === null);
  const isTextOnly = typeof content === 'string' && (role === undefined || typeof role === 'string');
  return isTextOnly && addNothing ? index : null;
}
