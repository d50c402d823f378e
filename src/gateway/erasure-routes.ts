import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { erasureSubjectSchema, type ErasureRecord } from '../schema/erasure.ts';
import { ApiError } from './api-error.ts';
import type { ApiCall } from './api-call.ts';
import type { Erasures } from './erasures.ts';
import { parseRequest } from './parse-request.ts';

/** Longer ones go on after the answer. */
const WAIT_MS = 20_000;

const id = erasureSubjectSchema.shape.id;

/** Body of `POST /api/v1/erasures`. */
export const erasureRequestSchema = z
  .strictObject({ user: id.optional(), group: id.optional(), dryRun: z.boolean().default(false) })
  .refine(
    ({ user, group }) => (user === undefined) !== (group === undefined),
    'expected either "user" or "group"',
  );

/** `POST /api/v1/erasures`: 200 with the record when it is done, 202 with its id while it goes on or waits for a climb. */
export async function createErasure(call: ApiCall): Promise<Response> {
  const erasures = erasuresOf(call);
  const { user, group, dryRun } = parseRequest(erasureRequestSchema, await call.readBody());
  const subject =
    user === undefined ? { kind: 'group' as const, id: group! } : { kind: 'user' as const, id: user };
  const wish = { subject, by: call.caller.key ?? 'local' };
  if (dryRun) return call.respondJson({ status: 'preview', record: await erasures.preview(wish) });
  const begun = await erasures.begin(wish);
  const outcome = await Promise.race([settled(begun.done), pause(WAIT_MS, null, { ref: false })]);
  if (outcome === null) return call.respondJson({ status: 'running', id: begun.id }, 202);
  if ('record' in outcome) return call.respondJson({ status: 'done', ...outcome });
  const { error } = outcome;
  if (error instanceof HomegrownError && error.code === 'project/busy')
    return call.respondJson(
      { status: 'waiting', id: begun.id, reason: 'a climb or another erasure is at work' },
      202,
    );
  const message = `an erasure is not finished and will be tried again: ${messageOf(error)}`;
  call.log({ level: 'error', event: 'erasure-failed', message, requestId: call.requestId, cause: error });
  return call.respondJson(
    {
      status: 'waiting',
      id: begun.id,
      reason: 'it failed and will be tried again; the server’s log tells why',
    },
    202,
  );
}

/** `GET /api/v1/erasures`: what was erased and what is not finished. */
export async function listErasures(call: ApiCall): Promise<Response> {
  return call.respondJson(await erasuresOf(call).list());
}

function erasuresOf({ erasures }: ApiCall): Erasures {
  if (erasures !== null) return erasures;
  throw new ApiError({ status: 404, code: 'unknown_url', message: 'This server cannot erase.' });
}

function settled(done: Promise<ErasureRecord>): Promise<{ record: ErasureRecord } | { error: unknown }> {
  return done.then(
    (record) => ({ record }),
    (error: unknown) => ({ error }),
  );
}
