import { join } from 'node:path';
import { messageOf } from '../errors/homegrown-error.ts';
import { CallPrices } from '../gateway/access/call-prices.ts';
import { KeyGatekeeper } from '../gateway/access/key-gatekeeper.ts';
import { SteadyClock } from '../gateway/access/steady-clock.ts';
import type { KeptCalls } from '../gateway/feedback/kept-calls.ts';
import type { GatewayEvent, GatewayLog } from '../gateway/gateway-log.ts';
import { captureFamilies } from '../gateway/telemetry/capture-metrics.ts';
import { type RunningServer, startServer } from '../gateway/server.ts';
import type { Capture } from '../store/capture.ts';
import { openCapture } from '../store/capture/open-capture.ts';
import { AiSdkUpstream } from '../upstream/ai-sdk/ai-sdk-upstream.ts';
import { openWireUpstreams } from '../upstream/open-wire-upstreams.ts';
import { gateSettingsOf } from '../registry/gates/gate-settings.ts';
import { openTelemetry, type Telemetry } from './open-telemetry.ts';
import { ErasureService } from './erasure/erasure-service.ts';
import { Maintenance } from './maintenance.ts';
import { CaptureNews } from './capture-news.ts';
import type { Project } from './project.ts';
import { PromotionWatch } from './promotion-watch/promotion-watch.ts';
import type { WatchNews } from './promotion-watch/watch-loop.ts';

/** What serving may be told; the rest is in the config's `server`. */
export interface ServeOptions {
  host?: string;
  /** 0 takes any free port. */
  port?: number;
  log?: GatewayLog;
  /** How long it goes on answering when it closes, so that a proxy in front of it can let go of its connections, milliseconds. Default 0. */
  drainMs?: number;
}

/** Starts the HTTP server over a project's registry. Throws `gateway/…`, `store/…`, `telemetry/missing-package`. */
export async function serveProject(project: Project, options: ServeOptions): Promise<RunningServer> {
  const { config } = project;
  const telemetry = await openTelemetry({ config, log: options.log });
  const { log } = telemetry;
  const closing = [() => telemetry.close()];
  const closeAll = async (): Promise<void> => {
    for (const close of closing) await close();
  };
  try {
    const capture = await openCapture({
      directory: join(project.homegrownDirectory, 'capture'),
      store: project.storeLocation,
      config: config.capture,
    });
    const news = new CaptureNews(capture, log);
    closing.unshift(async () => {
      await capture.close();
      news.close();
    });
    telemetry.add(() => captureFamilies(capture));
    const watch = watchOf(project, log);
    closing.unshift(() => watch.close());
    const erasures = new ErasureService(project, { flush: () => capture.flush() });
    const maintenance = new Maintenance(project, { erasures, log });
    const server = await startServer({
      ...serverOptionsOf(project, options, log),
      promotions: promotionsOf(project, watch),
      keptCalls: keptCallsOf(project, capture),
      erasures,
      metrics: telemetry.metrics,
      hooks: hooksOf(project, { options, capture, telemetry }),
    });
    maintenance.start();
    closing.unshift(() => maintenance.close());
    return closingAfter(server, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

type StartOptions = Parameters<typeof startServer>[0];

function serverOptionsOf(project: Project, options: ServeOptions, log: GatewayLog): StartOptions {
  const { models, tasks, config, keys } = project;
  return {
    ...config.server,
    ...options,
    log,
    tasks,
    registry: models,
    load: (directory) => project.load(directory),
    upstreams: wireUpstreamsOf(project),
    defaultUpstream: config.defaultUpstream,
    keys,
  };
}

function keptCallsOf({ store, redactor }: Project, capture: Capture): KeptCalls {
  const { inferences, feedback } = store;
  return { inferences, feedback, redactor, flush: () => capture.flush() };
}

function wireUpstreamsOf({ config: { upstreams } }: Project): ReturnType<typeof openWireUpstreams> {
  return openWireUpstreams({
    upstreams,
    ofModelObject: (name, { model, embeddings }) => new AiSdkUpstream({ name, model, embeddings }),
  });
}

function hooksOf(
  { prices: book, store, config }: Project,
  { options, capture, telemetry }: { options: ServeOptions; capture: Capture; telemetry: Telemetry },
): NonNullable<StartOptions['hooks']> {
  const { log, observers, redactor, traceParentOf } = telemetry;
  const prices = new CallPrices({ book, usdPerHour: config.machine?.usdPerHour ?? null });
  const gatekeeper = new KeyGatekeeper({
    store,
    prices,
    access: config.access,
    host: options.host ?? config.server.host,
    clock: new SteadyClock({ onStep: (byMs) => log(clockStepped(byMs)) }),
    onStore: (away) => log(storeNews(away)),
  });
  return {
    capture: capture.mode === 'off' ? null : capture,
    gatekeeper,
    costOf: prices.costOf,
    observers,
    redactor,
    ...(traceParentOf === null ? {} : { traceParentOf }),
  };
}

function promotionsOf(project: Project, watch: PromotionWatch): NonNullable<StartOptions['promotions']> {
  const { promotions, tasks, store } = project;
  return { promotions, tasks: tasks.map(gateSettingsOf), allowances: store.allowances, watch };
}

/** How often gates are looked at: a breach is acted on within two seconds. */
const WATCH_MS = 1000;

function watchOf(project: Project, log: GatewayLog): PromotionWatch {
  const { storeLocation: store, modelsDirectory, tasks } = project;
  return new PromotionWatch({
    store,
    modelsDirectory,
    tasks: tasks.map(gateSettingsOf),
    everyMs: WATCH_MS,
    tell: (news) => log(eventOf(news)),
  });
}

function eventOf(news: Exclude<WatchNews, { kind: 'status' }>): GatewayEvent {
  if (news.kind === 'step') {
    const { action, message } = news.step;
    return { level: action === 'breach' ? 'warning' : 'info', event: 'promotion', message };
  }
  const { task, message } = news;
  if (message === null)
    return { level: 'info', event: 'promotion', message: `the gates of ${task} are looked at again` };
  return {
    level: 'error',
    event: 'promotion-failed',
    message: `the gates of ${task} cannot be looked at: ${message}`,
  };
}

function storeNews(away: { error: unknown } | null): GatewayEvent {
  if (away === null) return { level: 'info', event: 'store-back', message: 'the store answers again' };
  const message = `the store does not answer, so keys and budgets go on from what is known: ${messageOf(away.error)}`;
  return { level: 'warning', event: 'store-away', message, cause: away.error };
}

function clockStepped(byMs: number): GatewayEvent {
  const message = `the machine's clock was set ${byMs > 0 ? 'forward' : 'back'} by ${Math.round(Math.abs(byMs) / 1000)} s; budgets follow it slowly, a restart at once`;
  return { level: 'warning', event: 'clock-stepped', message };
}

/** The same server, which ends what belongs to it once its last call was answered. */
function closingAfter(server: RunningServer, then: () => Promise<void>): RunningServer {
  let closing: Promise<void> | undefined;
  const closeBoth = async (): Promise<void> => {
    try {
      await server.close();
    } finally {
      await then();
    }
  };
  return { url: server.url, port: server.port, close: () => (closing ??= closeBoth()) };
}
