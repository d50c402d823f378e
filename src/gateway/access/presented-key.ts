import type { IncomingHttpHeaders } from 'node:http';

/** The key that a request carries: `authorization: Bearer …`, else `x-api-key`; null without either. */
export function presentedKey(headers: IncomingHttpHeaders): string | null {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const bearer = authorization.slice(0, 7);
    if (bearer === 'Bearer ' || bearer.toLowerCase() === 'bearer ')
      return authorization.slice(7).trim() || null;
  }
  const other = headers['x-api-key'];
  if (typeof other === 'string' && other !== '') return other.trim();
  return authorization === undefined || authorization === '' ? null : authorization;
}
