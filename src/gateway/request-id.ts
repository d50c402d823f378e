import type { IncomingHttpHeaders } from 'node:http';

const SAFE_REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The client's `x-request-id` when it is harmless, else one of ours made of an id that is unique. */
export function requestIdOf(headers: IncomingHttpHeaders, id: string): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SAFE_REQUEST_ID.test(given) ? given : `req_${id}`;
}
