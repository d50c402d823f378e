import { HomegrownError } from '../errors/homegrown-error.ts';
import { type ApiKeys, newKeySchema } from './access/api-keys.ts';
import { ApiError, badRequest } from './api-error.ts';
import type { ApiCall } from './api-call.ts';
import { parseRequest } from './parse-request.ts';

/** `GET /api/v1/keys`: all keys, without their secrets, which nobody has. */
export async function listKeys(call: ApiCall): Promise<Response> {
  return call.respondJson({ keys: await keysOf(call).list() });
}

/** `POST /api/v1/keys`: a new key with its secret, which is shown this once. */
export async function createKey(call: ApiCall): Promise<Response> {
  const keys = keysOf(call);
  const wanted = parseRequest(newKeySchema, await call.readBody());
  const created = await keys.create(wanted).catch(refuseWrongUse);
  return call.respond(JSON.stringify(created), 'application/json', 201, { 'cache-control': 'no-store' });
}

/** `DELETE /api/v1/keys/:id`: the key stops working within 2 seconds everywhere. */
export async function revokeKey(call: ApiCall, id: string): Promise<Response> {
  const revoked = await keysOf(call).revoke(id).catch(refuseWrongUse);
  return call.respondJson({ key: revoked });
}

function keysOf({ keys }: ApiCall): ApiKeys {
  if (keys !== null) return keys;
  throw new ApiError({ status: 404, code: 'unknown_url', message: 'This server has no keys.' });
}

function refuseWrongUse(error: unknown): never {
  if (!(error instanceof HomegrownError) || error.kind !== 'usage') throw error;
  if (error.code === 'access/unknown-key')
    throw new ApiError({ status: 404, code: 'key_not_found', message: error.message });
  throw badRequest(`${error.message}.${error.hint === undefined ? '' : ` ${error.hint}`}`);
}
