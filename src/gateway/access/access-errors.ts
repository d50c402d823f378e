import { ApiError } from '../api-error.ts';
import type { Caller } from '../gatekeeper.ts';

/** A request without the key that it needs. */
export function missingKey(): ApiError {
  return unauthorized(
    'missing_api_key',
    'This server needs a key: send the header "authorization: Bearer <key>" (OpenAI’s clients do when they are given an API key) or "x-api-key: <key>". `homegrown keys create` makes one.',
  );
}

/** A key that cannot be one of ours. */
export function malformedKey(): ApiError {
  return unauthorized(
    'invalid_api_key',
    'This is no key of a Homegrown server: either it belongs elsewhere, or it was changed when it was copied (its checksum does not match). Keys begin with "hg_" and have 52 characters.',
  );
}

/** A well-formed key that the store does not have. */
export function unknownKey(): ApiError {
  return unauthorized(
    'invalid_api_key',
    'Nobody knows this key here: it was copied whole, but it was made for another server. `homegrown keys list` shows the keys of this one.',
  );
}

export function revokedKey(id: string, at: string): ApiError {
  return unauthorized('key_revoked', `The key ${id} was revoked at ${at}. Use another one.`, { key: id });
}

export function expiredKey(id: string, at: string): ApiError {
  return unauthorized('key_expired', `The key ${id} expired at ${at}. Use another one.`, { key: id });
}

/** A server without keys that somebody else can reach. */
export function keysNeeded(why: string): ApiError {
  return unauthorized(
    'keys_required',
    `Without keys this server answers programs on its own machine only, and this request is none of theirs: ${why}. Make a key with \`homegrown keys create\` and send it as "authorization: Bearer <key>".`,
  );
}

/** A product's key for something that only people and deployments may do. */
export function adminOnly(key: string | null): ApiError {
  return new ApiError({
    status: 403,
    code: 'admin_key_required',
    message: `The key ${key ?? ''} has the role "call"; this needs one with the role "admin" (\`homegrown keys create --role admin\`).`,
    details: { key },
  });
}

/** A call outside of the tasks that a key is for. */
export function taskNotAllowed({ key, tasks }: Caller, task: string | null): ApiError {
  const allowed = tasks ?? [];
  const what = task === null ? 'for no task' : `for the task "${task}"`;
  return new ApiError({
    status: 403,
    code: 'task_not_allowed',
    message: `This call is ${what}, and the key ${key ?? ''} may only be used for: ${allowed.join(', ')}. Name one of them as the model ("task:<name>") or in the header x-homegrown-task.`,
    details: { key, task, tasks: allowed },
  });
}

/** The store does not answer and what was known of it is too old. */
export function storeAway(): ApiError {
  return new ApiError({
    status: 503,
    code: 'store_unavailable',
    message:
      'The store of this server does not answer, so that keys and budgets cannot be checked. Try again in a moment.',
    headers: { 'retry-after': '1' },
  });
}

function unauthorized(code: string, message: string, details: Record<string, unknown> = {}): ApiError {
  return new ApiError({ status: 401, code, message, details, headers: { 'www-authenticate': 'Bearer' } });
}
