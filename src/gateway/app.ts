import { type Context, Hono } from 'hono';
import { ApiCall, type ApiContext, ClientLeft, type NodeBindings } from './api-call.ts';
import { ApiError, internalError } from './api-error.ts';
import { healthz, readyz } from './health-routes.ts';
import { getModel, listModels } from './models-routes.ts';
import { CALL_PATHS } from './pipeline/call-paths.ts';
import { predictRoute } from './predict-route.ts';

type Env = { Bindings: NodeBindings };
type Route = (call: ApiCall, c: Context<Env>) => Response | Promise<Response>;

/** The HTTP API as a Hono app that needs Node's request and response as its bindings. */
export function createApp(context: ApiContext): Hono<Env> {
  const app = new Hono<Env>();
  const routes: [method: 'GET' | 'POST', path: string, route: Route][] = [
    ['GET', '/v1/models', listModels],
    ['GET', '/v1/models/:id{.+}', (call, c) => getModel(call, c.req.param('id')!)],
    ['POST', '/api/v1/tasks/:name/predict', (call, c) => predictRoute(call, c.req.param('name')!)],
    ['GET', '/healthz', healthz],
    ['GET', '/readyz', (call) => readyz(call, context.isStopping())],
  ];
  // The pipeline answers POST here.
  for (const path of CALL_PATHS)
    app.all(path, (c) => answer(context, c, () => raise(methodNotAllowed(c.req.method, 'POST'))));
  for (const [method, path, route] of routes) {
    app.on(method, path, (c) => answer(context, c, route));
    app.all(path, (c) => answer(context, c, () => raise(methodNotAllowed(c.req.method, method))));
  }
  app.notFound((c) => answer(context, c, () => raise(noSuchPath(c.req.method, c.req.path))));
  return app;
}

async function answer(context: ApiContext, c: Context<Env>, route: Route): Promise<Response> {
  const call = new ApiCall(context, c.env);
  try {
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

function methodNotAllowed(method: string, allowed: string): ApiError {
  const allow = allowed === 'GET' ? 'GET, HEAD' : allowed;
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
    message: `There is nothing at ${method} ${shown}. The base URL for OpenAI's clients ends in /v1.`,
  });
}

function raise(error: Error): never {
  throw error;
}
