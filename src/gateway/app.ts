import { type Context, Hono } from 'hono';
import { ApiCall, type ApiContext, ClientLeft, type NodeBindings } from './api-call.ts';
import { ApiError, internalError } from './api-error.ts';
import { feedbackRoute } from './feedback/feedback-route.ts';
import { getInference, listInferences } from './feedback/inferences-routes.ts';
import { getDeployment, listDeployments, takeStep } from './deployments-routes.ts';
import { createErasure, listErasures } from './erasure-routes.ts';
import { healthz, readyz } from './health-routes.ts';
import { createKey, listKeys, revokeKey } from './keys-routes.ts';
import { getModel, listModels } from './models-routes.ts';
import { CALL_PATHS } from './pipeline/call-paths.ts';
import { predictRoute } from './predict-route.ts';
import { metricsRoute, type MetricsSource } from './telemetry/metrics-route.ts';

type Method = 'GET' | 'POST' | 'DELETE';
type Env = { Bindings: NodeBindings };
type Route = (call: ApiCall, c: Context<Env>) => Response | Promise<Response>;
/** Whom a route answers: everybody, who may call, or who may change things. */
type Audience = 'everybody' | 'callers' | 'admins';

type RouteEntry = [method: Method, path: string, audience: Audience, route: Route];

/** Decides by itself who may read. */
function metricsEntry(source: MetricsSource): RouteEntry {
  return ['GET', '/metrics', 'everybody', (call) => metricsRoute(call, source)];
}

/** The HTTP API as a Hono app that needs Node's request and response as its bindings. */
export function createApp(context: ApiContext): Hono<Env> {
  const app = new Hono<Env>();
  const { metrics } = context;
  const routes: RouteEntry[] = [
    ['GET', '/v1/models', 'callers', listModels],
    ['GET', '/v1/models/:id{.+}', 'callers', (call, c) => getModel(call, c.req.param('id')!)],
    ['POST', '/api/v1/tasks/:name/predict', 'callers', (call, c) => predictRoute(call, c.req.param('name')!)],
    ['GET', '/api/v1/keys', 'admins', listKeys],
    ['POST', '/api/v1/keys', 'admins', createKey],
    ['DELETE', '/api/v1/keys/:id', 'admins', (call, c) => revokeKey(call, c.req.param('id')!)],
    ...(metrics === null ? [] : [metricsEntry(metrics)]),
    ['POST', '/api/v1/feedback', 'callers', feedbackRoute],
    ['GET', '/api/v1/inferences', 'admins', listInferences],
    ['GET', '/api/v1/inferences/:id', 'admins', (call, c) => getInference(call, c.req.param('id')!)],
    ['GET', '/api/v1/deployments', 'admins', listDeployments],
    ['GET', '/api/v1/deployments/:task', 'admins', (call, c) => getDeployment(call, c.req.param('task')!)],
    ['POST', '/api/v1/deployments/:task', 'admins', (call, c) => takeStep(call, c.req.param('task')!)],
    ['GET', '/api/v1/erasures', 'admins', listErasures],
    ['POST', '/api/v1/erasures', 'admins', createErasure],
    ['GET', '/healthz', 'everybody', healthz],
    ['GET', '/readyz', 'everybody', (call) => readyz(call, context.isStopping())],
  ];
  // The pipeline answers POST here.
  for (const path of CALL_PATHS)
    app.all(path, (c) => refuse(context, c, methodNotAllowed(c.req.method, ['POST'])));
  for (const [method, path, audience, route] of routes)
    app.on(method, path, (c) => answer(context, c, { audience, route }));
  for (const [, path] of routes) {
    const allowed = routes.filter((one) => one[1] === path).map(([method]) => method);
    app.all(path, (c) => refuse(context, c, methodNotAllowed(c.req.method, allowed)));
  }
  app.notFound((c) => refuse(context, c, noSuchPath(c.req.method, c.req.path)));
  return app;
}

function refuse(context: ApiContext, c: Context<Env>, error: ApiError): Promise<Response> {
  const route = (): never => {
    throw error;
  };
  return answer(context, c, { audience: 'everybody', route });
}

async function answer(
  context: ApiContext,
  c: Context<Env>,
  { audience, route }: { audience: Audience; route: Route },
): Promise<Response> {
  const call = new ApiCall(context, c.env);
  try {
    if (audience !== 'everybody') await call.identify({ needsAdmin: audience === 'admins' });
    return await route(call, c);
  } catch (error) {
    return respondError(call, error);
  }
}

/** The only place where a failure becomes an answer: what is not meant for clients goes to the log. */
function respondError(call: ApiCall, error: unknown): Response {
  if (error instanceof ClientLeft) return call.respond(null, 'application/json', 499);
  const shown = error instanceof ApiError ? error : internalError(call.requestId);
  if (shown !== error) {
    const message = error instanceof Error ? error.message : String(error);
    call.log({ level: 'error', event: 'request-failed', message, requestId: call.requestId, cause: error });
  }
  return call.refuse(shown);
}

function methodNotAllowed(method: string, allowed: readonly string[]): ApiError {
  const allow = allowed.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one])).join(', ');
  return new ApiError({
    status: 405,
    code: 'method_not_allowed',
    message: `This address answers ${allow}, not ${method}.`,
    headers: { allow },
  });
}

function noSuchPath(method: string, path: string): ApiError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return new ApiError({
    status: 404,
    code: 'unknown_url',
    message: `There is nothing at ${method} ${shown}. ${
      path.startsWith('/v1/')
        ? 'Answered are /v1/chat/completions, /v1/responses, /v1/embeddings and /v1/models.'
        : "The base URL for OpenAI's clients ends in /v1."
    }`,
  });
}
