import { HomegrownError } from '../errors/homegrown-error.ts';

/** `10%` or `0.1` → 0.1. Throws `models/bad-share`. */
export function parseShare(text: string): number {
  const isPercent = text.trim().endsWith('%');
  const number = Number(isPercent ? text.trim().slice(0, -1) : text);
  const share = isPercent ? number / 100 : number;
  if (text.trim() !== '' && share > 0 && share <= 1) return share;
  throw new HomegrownError({
    code: 'models/bad-share',
    kind: 'usage',
    message: 'this is no share',
    expected: 'a share above 0 and at most 1, for example 10% or 0.1',
    found: text,
  });
}
