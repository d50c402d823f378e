import { HomegrownError } from '../errors/homegrown-error.ts';
import type { ShownKey } from '../project/project.ts';

type KeyLimit = ShownKey['limits'][number];

const FORM = /^\$?(\d+(?:\.\d+)?)\s*([kM]?)\s*(requests?|tokens?|usd)\/(minute|hour|day|month|ever)$/i;
const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1000, m: 1_000_000 };

/** `100requests/minute`, `2Mtokens/day`, `20usd/month`. Throws `keys/bad-limit`. */
export function parseKeyLimit(text: string): KeyLimit {
  const match = FORM.exec(text.trim());
  const most = match === null ? 0 : Number(match[1]) * FACTORS[match[2]!.toLowerCase()]!;
  if (match === null || most <= 0) throw badLimit(text);
  const what = match[3]!.toLowerCase().replace(/s?$/, 's').replace('usds', 'usd') as KeyLimit['what'];
  return { what, per: match[4]!.toLowerCase() as KeyLimit['per'], most };
}

function badLimit(found: string): HomegrownError {
  return new HomegrownError({
    code: 'keys/bad-limit',
    message: 'this is no limit',
    kind: 'usage',
    expected:
      '<number><requests, tokens or usd>/<minute, hour, day, month or ever>, for example 20usd/month or 2Mtokens/day',
    found,
  });
}
