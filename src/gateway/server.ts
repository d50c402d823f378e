import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import type { Predictor } from '../predictor/predictor.ts';
import type { Task } from '../task/task.ts';
import type { ServedUpstream } from '../upstream/open-wire-upstreams.ts';
import type { ApiKeys } from './access/api-keys.ts';
import { isLoopback } from './access/local-request.ts';
import { badRequest } from './api-error.ts';
import { createApp } from './app.ts';
import { answerBrokenHttp } from './broken-http.ts';
import type { CallRouter } from './call-router.ts';
import type { Erasures } from './erasures.ts';
import { type ServedPromotions, watchCandidates } from './deployment/served-promotions.ts';
import type { KeptCalls } from './feedback/kept-calls.ts';
import type { GatewayEvent, GatewayLog } from './gateway-log.ts';
import { gracefulClose } from './graceful-close.ts';
import { ModelPool, type ServingRegistry } from './model-pool.ts';
import { openGatekeeper } from './open-gatekeeper.ts';
import type { CallHooks } from './pipeline/call-hooks.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import type { ModelDirectory } from './resolve-model.ts';
import { type RouterOptions, upstreamRouter } from './upstream-router.ts';
import type { MetricsSource } from './telemetry/metrics-route.ts';

export interface ServerOptions {
  /** Loopback unless told otherwise. */
  host?: string;
  /** 0 takes any free port. Default 4400. */
  port?: number;
  /** Largest request body in bytes. Default 20 MiB. */
  maxBodyBytes?: number;
  tasks: readonly Task[];
  registry: ServingRegistry;
  /** Loads and verifies a model folder. Throws `model/…`. */
  load: (directory: string) => Promise<Predictor>;
  log?: GatewayLog;
  /** How often to look for promotions, milliseconds. Default 500. */
  pollMs?: number;
  /** How long requests in flight may take to finish when the server closes, milliseconds. Default 10,000. */
  shutdownMs?: number;
  /** How long it goes on answering when it closes, so that a proxy in front of it can let go of its connections, milliseconds. Default 0. */
  drainMs?: number;
  /** Language models elsewhere that calls may go to. Default none. */
  upstreams?: ReadonlyMap<string, ServedUpstream>;
  /** Upstream of calls whose model names none; left out: the only upstream, if there is one. */
  defaultUpstream?: string | undefined;
  /** The keys that `/api/v1/keys` makes and revokes; left out: there is no such address. */
  keys?: ApiKeys;
  /** What `/metrics` shows; left out: there is no such address. */
  metrics?: MetricsSource | null;
  /** What is kept of calls, for those who ask for it; left out: there are no such addresses. */
  keptCalls?: KeptCalls;
  /** What `/api/v1/erasures` does; left out: there is no such address. */
  erasures?: Erasures;
  /** First pause before a failed call is tried again, milliseconds. Default 500. */
  backoffMs?: number;
  /** How models take over; left out: what is deployed is followed, nothing is decided here. */
  promotions?: ServedPromotions;
  /** What other parts decide or keep; default: everybody may call, nothing is kept, calls go where their model's name says. */
  hooks?: Partial<Omit<CallHooks, 'router'>> & { router?: (options: RouterOptions) => CallRouter };
}

export interface RunningServer {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting, lets requests in flight finish within `shutdownMs`, then ends. */
  close(): Promise<void>;
}

const DEFAULTS = {
  host: '127.0.0.1',
  port: 4400,
  maxBodyBytes: 20 * 1024 * 1024,
  pollMs: 500,
  shutdownMs: 10_000,
  drainMs: 0,
  backoffMs: 500,
};

const HTTP_SETTINGS = {
  requestTimeout: 120_000,
  headersTimeout: 30_000,
  keepAliveTimeout: 65_000,
  // A missing host is answered by us, in the same shape as every other error.
  requireHostHeader: false,
};

/** Serves own models behind OpenAI's API. Throws `gateway/port-in-use`, `gateway/cannot-listen`. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const settings = { ...DEFAULTS, ...options, log: options.log ?? ((): void => undefined) };
  const { host, log } = settings;
  let isStopping = false;
  const server = createServer(HTTP_SETTINGS);
  const closeServer = gracefulClose(server);
  const { promotions } = settings;
  const pool = await ModelPool.start({
    ...settings,
    onCandidates: (hasCandidates) => promotions?.watch?.follow(hasCandidates),
  });
  const upstreams = settings.upstreams ?? new Map<string, ServedUpstream>();
  const startedAt = new Date().toISOString();
  const directory = { pool, registry: settings.registry, upstreams, log, startedAt };
  const common = {
    directory,
    maxBodyBytes: settings.maxBodyBytes,
    log,
    isStopping: () => isStopping,
  };
  const plainHooks = hooksOf(settings, directory);
  const watched =
    promotions === undefined ? null : watchCandidates(promotions, { pool, log, hooks: plainHooks });
  const hooks = watched?.hooks ?? plainHooks;
  const pipeline = new Pipeline({ ...common, tasks: settings.tasks, hooks, backoffMs: settings.backoffMs });
  const { keys = null, erasures = null, metrics = null, keptCalls = null } = settings;
  const { promotions: served = null } = settings;
  const app = createApp({ ...common, hooks, keys, promotions: served, erasures, metrics, keptCalls });
  serve(server, pipeline, app.fetch);
  await listen(server, settings).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const isReachable = !isLoopback(host);
  announce(log, url, await hooks.gatekeeper.warning({ isReachable }));
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    isStopping = true;
    log({ level: 'info', event: 'server-stopping', message: 'finishing the requests in flight' });
    const cut = await closeServer(settings);
    await Promise.all([...upstreams.values()].map(async ({ wire }) => wire.close?.()));
    await watched?.close();
    await hooks.gatekeeper.close();
    await pool.close();
    log(stopped(url, { cut, shutdownMs: settings.shutdownMs }));
  };
  return { url, port, close: () => (closing ??= close()) };
}

function hooksOf({ hooks = {}, defaultUpstream }: ServerOptions, directory: ModelDirectory): CallHooks {
  const { router: routerOver = upstreamRouter, ...rest } = hooks;
  const { upstreams } = directory;
  const [only] = upstreams.size === 1 ? upstreams.keys() : [];
  const router = routerOver({ directory, defaultUpstream: defaultUpstream ?? only ?? null });
  const nothing = { capture: null, observers: [], shadows: null, costOf: () => null };
  return { gatekeeper: openGatekeeper, ...nothing, ...rest, router };
}

type Fetch = Parameters<typeof getRequestListener>[0];

/** Calls take the short way, everything else Hono's. */
function serve(server: Server, pipeline: Pipeline, fetch: Fetch): void {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false, errorHandler: invalidTarget });
  server.on('request', (incoming, outgoing) => {
    if (!pipeline.take(incoming, outgoing)) void listener(incoming, outgoing);
  });
  answerBrokenHttp(server);
}

/** A request line or Host header that Node's parser let through but that makes no URL. */
function invalidTarget(): Response {
  const error = badRequest('The request line or the Host header is not valid.');
  const headers = { 'content-type': 'application/json', 'x-request-id': `req_${randomUUID()}` };
  return new Response(error.toBody(), { status: error.status, headers });
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(host, port, cause)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function cannotListen(host: string, port: number, cause: Error): HomegrownError {
  const where = `${host}:${port}`;
  switch (systemCodeOf(cause)) {
    case 'EADDRINUSE':
      return new HomegrownError({
        code: 'gateway/port-in-use',
        message: 'another program listens on this port',
        where,
        hint: 'Stop that program, or choose another port: `homegrown serve --port <number>`, or `server.port` in homegrown.config.ts.',
        cause,
      });
    case 'EACCES':
      return new HomegrownError({
        code: 'gateway/cannot-listen',
        message: 'this user may not listen on this port',
        where,
        hint: 'Choose a port above 1023.',
        cause,
      });
    default:
      return new HomegrownError({
        code: 'gateway/cannot-listen',
        message: `cannot listen: ${messageOf(cause)}`,
        where,
        hint: 'Set `server.host` to an address of this machine: 127.0.0.1 for this machine alone, 0.0.0.0 for every network it is in.',
        cause,
      });
  }
}

function stopped(url: string, { cut, shutdownMs }: { cut: number; shutdownMs: number }): GatewayEvent {
  const event = 'server-stopped';
  if (cut === 0) return { level: 'info', event, message: `${url} is closed; every request was answered` };
  const what =
    cut === 1
      ? '1 connection was cut because its request'
      : `${cut} connections were cut because their requests`;
  const message = `${url} is closed; ${what} took longer than ${shutdownMs / 1000} s`;
  return { level: 'warning', event, message };
}

function announce(log: GatewayLog, url: string, warning: string | null): void {
  log({ level: 'info', event: 'server-started', message: `listening on ${url}` });
  if (warning !== null) log({ level: 'warning', event: 'open-to-network', message: warning });
}
