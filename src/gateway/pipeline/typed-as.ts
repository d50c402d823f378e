import type { HeldAnswer } from './attempt-result.ts';

const TYPE_FORMS = { 'application/json': /json/i, 'text/event-stream': /event-stream/i };

/** The headers with the type that the body was found to have: clients read an answer as its type says. */
export function typedAs(
  headers: HeldAnswer['headers'],
  type: keyof typeof TYPE_FORMS,
): HeldAnswer['headers'] {
  const stated = headers['content-type'];
  return typeof stated === 'string' && TYPE_FORMS[type].test(stated)
    ? headers
    : { ...headers, 'content-type': type };
}
