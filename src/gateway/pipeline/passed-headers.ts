import type { IncomingMessage } from 'node:http';
import { isKeySecret } from '../access/key-secret.ts';

/** Headers of one connection, and those that the next connection makes anew. */
const NOT_SENT = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const OURS = 'x-homegrown-';

/** The client's headers that are meant for the provider, in lower case. `startsTrace`: `traceParent` goes on with none of the client's. `keepsKey`: a key in them is the provider's, not one of ours. */
export function passedHeaders(
  { headers, rawHeaders }: IncomingMessage,
  {
    keepsKey,
    traceParent,
    startsTrace,
  }: { keepsKey: boolean; traceParent: string | null; startsTrace: boolean },
): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {};
  const connection = headers['connection'];
  const named =
    connection === undefined || /^(keep-alive|close)$/i.test(connection)
      ? null
      : connection.split(',').map((name) => name.trim().toLowerCase());
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (NOT_SENT.has(name) || name.startsWith(OURS) || named?.includes(name) === true) continue;
    const value = rawHeaders[index + 1]!;
    if ((name === 'authorization' || name === 'x-api-key') && (!keepsKey || isOurKey(value))) continue;
    // State belongs to its trace.
    if (name === 'tracestate' && startsTrace) continue;
    add(passed, name, value);
  }
  if (traceParent !== null) passed['traceparent'] = traceParent;
  return passed;
}

/** A key of ours is never sent on, whatever this server takes keys for. */
function isOurKey(value: string): boolean {
  return isKeySecret(value.replace(/^bearer\s+/i, ''));
}

function add(headers: Record<string, string | string[]>, name: string, value: string): void {
  const before = headers[name];
  if (before === undefined) headers[name] = value;
  else if (typeof before === 'string') headers[name] = [before, value];
  else before.push(value);
}
