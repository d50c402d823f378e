import { isObject, type JsonObject } from '../merge-delta.ts';

/** A token of an answer with its log-probability, as in `logprobs`. */
export type Token = JsonObject & { token: string };

export function isTokenList(list: readonly unknown[]): list is readonly Token[] {
  return (
    list.length > 0 &&
    list.every((entry) => isObject(entry) && typeof entry['token'] === 'string' && 'logprob' in entry)
  );
}

/** Tokens spell the answer out: those that spell what is redacted lose their text, their bytes and their alternatives. */
export function redactTokens(tokens: readonly Token[], redact: (text: string) => string): readonly Token[] {
  const text = tokens.map(({ token }) => token).join('');
  const redacted = redact(text);
  if (redacted === text) return tokens;
  const start = commonPrefix(text, redacted);
  const rest = commonSuffix(text.slice(start), redacted.slice(start));
  const end = text.length - rest;
  let mark: string | null = redacted.slice(start, redacted.length - rest);
  let at = 0;
  return tokens.map((token) => {
    const from = at;
    at += token.token.length;
    if (at <= start || from >= end) return token;
    const kept = mark === null ? '' : token.token.slice(0, Math.max(0, start - from)) + mark;
    mark = null;
    return {
      ...token,
      token: kept + token.token.slice(Math.max(0, end - from)),
      bytes: null,
      top_logprobs: [],
    };
  });
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function commonSuffix(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a.at(-1 - length) === b.at(-1 - length)) length++;
  return length;
}
