import type { ApiCall } from './api-call.ts';

/** `GET /healthz`: the process answers. */
export function healthz(call: ApiCall): Response {
  return call.respondJson({ status: 'ok' });
}

/**
 * `GET /readyz`: 200 while at least one task is answered, by an own model or an upstream, and no live model is without an answer; `degraded` when an older model
 * answers in the place of one that could not be loaded. 503 otherwise, and while the server stops.
 */
export function readyz(call: ApiCall, isStopping: boolean): Response {
  const { pool } = call.directory;
  const tasks = pool.status();
  const isServing = tasks.some(
    ({ task, serving }) => serving !== null || pool.taskOf(task)?.config.upstream !== undefined,
  );
  const isMissing = tasks.some(({ serving, live }) => live !== null && serving === null);
  const hasProblem = tasks.some(({ problem }) => problem !== null) || !pool.followsRegistry;
  const isReady = isServing && !isMissing && !isStopping;
  const status = isStopping ? 'stopping' : !isReady ? 'not-ready' : hasProblem ? 'degraded' : 'ready';
  return call.respondJson(
    { status, registry: pool.followsRegistry ? 'ok' : 'unreachable', tasks },
    isReady ? 200 : 503,
  );
}
