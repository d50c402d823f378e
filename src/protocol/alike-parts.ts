import { isObject, type JsonObject } from './merge-delta.ts';

const BEFORE = '"content":"';
/** Pads a part with nonsense, so that its length tells nothing. */
const PADDING = /,"obfuscation":"[^"\\]*"\}$/;

/** What a part looks like around its content. */
interface Pattern {
  readonly choice: number;
  readonly before: string;
  readonly after: string;
}

/**
 * Parts of a streamed text are mostly alike to the last byte but for the text itself. Once one was parsed, those like it need no
 * parsing, which is most of the work of merging a stream.
 */
export class AlikeParts {
  #pattern: Pattern | null = null;

  /** The text that a part adds and the index of its choice; null when it is not like the last one that was learned. */
  textOf(data: string): { choice: number; text: string } | null {
    const pattern = this.#pattern;
    if (pattern === null || !data.startsWith(pattern.before)) return null;
    const start = pattern.before.length;
    const end = data.indexOf('"', start);
    const literal = data.slice(start, end);
    if (end === -1 || literal.includes('\\') || withoutPadding(data.slice(end)) !== pattern.after)
      return null;
    return { choice: pattern.choice, text: literal };
  }

  /** Learns from a part whose only news is a text: a second one like it would change nothing else. */
  learn(data: string, part: JsonObject): void {
    this.#pattern = patternOf(data, part);
  }
}

function patternOf(data: string, { choices }: JsonObject): Pattern | null {
  const [choice, ...others] = Array.isArray(choices) ? (choices as unknown[]) : [];
  if (others.length > 0 || !isObject(choice) || !isObject(choice['delta'])) return null;
  const { index, delta, ...rest } = choice;
  const { content } = delta as JsonObject;
  const isTextAlone = Object.keys(delta as JsonObject).join() === 'content' && typeof content === 'string';
  if (!isTextAlone || typeof index !== 'number' || Object.values(rest).some((value) => value !== null))
    return null;
  const at = data.indexOf(BEFORE);
  const start = at + BEFORE.length;
  const end = start + content.length;
  const isFound = at !== -1 && data.slice(start, end) === content && data[end] === '"';
  if (!isFound || content.includes('\\') || data.includes(BEFORE, end)) return null;
  return { choice: index, before: data.slice(0, start), after: withoutPadding(data.slice(end)) };
}

function withoutPadding(after: string): string {
  return after.replace(PADDING, '}');
}
