import type { ApiCall } from './api-call.ts';

/** `GET /healthz`: the process answers. */
export function healthz(call: ApiCall): Response {
  return call.respondJson({ status: 'ok' });
}

/**
 * `GET /readyz`: 200 while at least one task is answered or there are upstreams, and no task with a live model is without an answer; `degraded`
 * when an older model or the task's upstream answers in the place of one that could not be loaded. 503 otherwise, and while the server stops.
 */
export function readyz(call: ApiCall, isStopping: boolean): Response {
  const { pool, upstreams } = call.directory;
  const tasks = pool.status();
  const isServing = upstreams.size > 0 || tasks.some(({ serving }) => serving !== null);
  const isMissing = tasks.some(({ task, live }) => live !== null && !pool.isAnswered(task));
  const hasProblem = tasks.some(({ problem }) => problem !== null) || !pool.followsRegistry;
  const isReady = isServing && !isMissing && !isStopping;
  const status = isStopping ? 'stopping' : !isReady ? 'not-ready' : hasProblem ? 'degraded' : 'ready';
  return call.respondJson(
    { status, registry: pool.followsRegistry ? 'ok' : 'unreachable', tasks },
    isReady ? 200 : 503,
  );
}
