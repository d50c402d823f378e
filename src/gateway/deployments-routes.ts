import { z } from 'zod';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { StepTaken } from '../registry/promotion-step.ts';
import type { DeploymentStatus } from '../schema/deployment-status.ts';
import { ApiError, badRequest } from './api-error.ts';
import type { ApiCall } from './api-call.ts';
import type { ServedPromotions } from './deployment/served-promotions.ts';
import { parseRequest } from './parse-request.ts';

/** Body of `POST /api/v1/deployments/<task>`. */
export const stepRequestSchema = z.strictObject({
  action: z.enum(['shadow', 'canary', 'promote', 'rollback', 'retire']),
  /** Needed for all but `rollback`, which goes back to what was live before; with the canary's or shadow's version it ends that. */
  version: z.number().int().positive().optional(),
  /** Of the calls (shadow) or of users and groups (canary); the config's when left out. */
  share: z.number().gt(0).max(1).optional(),
  /** Needed when gates are not passed: the step is then forced, and recorded as that. */
  reason: z.string().min(1).max(2000).optional(),
});

/** `GET /api/v1/deployments`: who answers each task, and how its canary stands against it. */
export async function listDeployments(call: ApiCall): Promise<Response> {
  const served = servedBy(call);
  const tasks = await Promise.all(served.tasks.map(({ task }) => statusOf(served, task)));
  return call.respondJson({ tasks });
}

/** `GET /api/v1/deployments/:task`: the same for one task, with every change of state, oldest first. */
export async function getDeployment(call: ApiCall, task: string): Promise<Response> {
  const served = servedBy(call);
  const { promotions } = served;
  const [status, history] = await Promise.all([
    statusOf(served, task).catch(refuse),
    promotions.history(task),
  ]);
  return call.respondJson({ ...status, history });
}

/** `POST /api/v1/deployments/:task`: takes a step. */
export async function takeStep(call: ApiCall, task: string): Promise<Response> {
  const { promotions } = servedBy(call);
  const { action, ...rest } = parseRequest(stepRequestSchema, await call.readBody());
  const by = call.caller.key ?? 'api';
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const taken: StepTaken = await promotions.step({ task, action, by, ...given }).catch(refuse);
  await call.directory.pool.refresh();
  call.log({ level: 'info', event: 'promotion', message: `${taken.message} By ${by}.` });
  return call.respondJson(taken);
}

function servedBy({ promotions }: ApiCall): ServedPromotions {
  if (promotions !== null) return promotions;
  throw new ApiError({
    status: 404,
    code: 'unknown_url',
    message: 'This server decides nothing about models.',
  });
}

/** What the watch found last, unless something changed since: counting again would hold up other answers. */
async function statusOf({ promotions, watch }: ServedPromotions, task: string): Promise<DeploymentStatus> {
  const latest = watch?.latest(task) ?? null;
  if (latest !== null && (await promotions.isCurrent(latest))) return latest;
  return promotions.status(task);
}

const NOT_FOUND = new Set(['promotion/unknown-task', 'registry/unknown-version', 'registry/unknown-model']);

function refuse(error: unknown): never {
  if (!(error instanceof HomegrownError)) throw error;
  const { code, kind, message, hint } = error;
  const text = hint === undefined ? message : `${message}. ${hint}`;
  if (NOT_FOUND.has(code)) throw new ApiError({ status: 404, code: 'model_not_found', message: text });
  if (code === 'promotion/gates-open')
    throw new ApiError({ status: 409, code: 'gates_open', message: withApiHint(message) });
  if (code === 'store/conflict')
    throw new ApiError({
      status: 409,
      code: 'conflict',
      message: 'Somebody else was first. Look and decide again.',
    });
  if (code.startsWith('model/') || code === 'registry/changed-model')
    throw new ApiError({
      status: 409,
      code: 'model_broken',
      message: "The files of this version are not those that were registered. The server's log tells more.",
    });
  if (kind === 'usage') throw badRequest(text);
  throw error;
}

function withApiHint(message: string): string {
  return `${message} Give a "reason" to take the step all the same; it is then recorded as forced.`;
}
