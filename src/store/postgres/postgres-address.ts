import { HomegrownError } from '../../errors/homegrown-error.ts';

/** The address of a database for messages: without user and password. Throws `store/bad-address`. */
export function shownAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed !== null && /^postgres(ql)?:$/.test(parsed.protocol)) {
    return `postgres://${parsed.host || 'localhost'}${parsed.pathname}`;
  }
  throw new HomegrownError({
    code: 'store/bad-address',
    message: 'this is no address of a Postgres database',
    kind: 'usage',
    expected: 'postgres://user:password@host:5432/database',
    found: parsed === null ? 'text that is no URL' : `a URL that begins with ${parsed.protocol}`,
    hint: 'Write special characters of the password as %-codes, for example # as %23.',
  });
}
