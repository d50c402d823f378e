import { join } from 'node:path';
import { messageOf } from '../errors/homegrown-error.ts';
import { CallPrices } from '../gateway/access/call-prices.ts';
import { KeyGatekeeper } from '../gateway/access/key-gatekeeper.ts';
import { SteadyClock } from '../gateway/access/steady-clock.ts';
import type { GatewayEvent, GatewayLog } from '../gateway/gateway-log.ts';
import { type RunningServer, startServer } from '../gateway/server.ts';
import { openCapture } from '../store/capture/open-capture.ts';
import { AiSdkUpstream } from '../upstream/ai-sdk/ai-sdk-upstream.ts';
import { openWireUpstreams } from '../upstream/open-wire-upstreams.ts';
import { gateSettingsOf } from '../registry/gates/gate-settings.ts';
import { ErasureService } from './erasure/erasure-service.ts';
import { Maintenance } from './maintenance.ts';
import type { Project } from './project.ts';
import { PromotionWatch } from './promotion-watch/promotion-watch.ts';
import type { WatchNews } from './promotion-watch/watch-loop.ts';

/** What serving may be told; the rest is in the config's `server`. */
export interface ServeOptions {
  host?: string;
  /** 0 takes any free port. */
  port?: number;
  log?: GatewayLog;
}

/** Starts the HTTP server over a project's registry. */
export async function serveProject(project: Project, options: ServeOptions): Promise<RunningServer> {
  const { models, tasks, config } = project;
  const { defaultUpstream } = config;
  const log = options.log ?? ((): void => undefined);
  const prices = new CallPrices({ book: project.prices, usdPerHour: config.machine?.usdPerHour ?? null });
  const gatekeeper = new KeyGatekeeper({
    store: project.store,
    prices,
    access: config.access,
    host: options.host ?? config.server.host,
    clock: new SteadyClock({ onStep: (byMs) => log(clockStepped(byMs)) }),
    onStore: (away) => log(storeNews(away)),
  });
  const capture = await openCapture({
    directory: join(project.homegrownDirectory, 'capture'),
    store: project.storeLocation,
    config: config.capture,
  });
  const watch = watchOf(project, log);
  const erasures = new ErasureService(project, { flush: () => capture.flush() });
  const maintenance = new Maintenance(project, { erasures, log });
  try {
    const server = await startServer({
      ...config.server,
      ...options,
      tasks,
      registry: models,
      load: (directory) => project.load(directory),
      upstreams: wireUpstreamsOf(project),
      defaultUpstream,
      promotions: {
        promotions: project.promotions,
        tasks: tasks.map(gateSettingsOf),
        allowances: project.store.allowances,
        watch,
      },
      keys: project.keys,
      erasures,
      hooks: {
        capture: capture.mode === 'off' ? null : capture,
        gatekeeper,
        costOf: prices.costOf,
      },
    });
    maintenance.start();
    return closingAfter(server, async () => {
      await maintenance.close();
      await watch.close();
      await capture.close();
    });
  } catch (error) {
    await watch.close();
    await capture.close();
    throw error;
  }
}

function wireUpstreamsOf({ config: { upstreams } }: Project): ReturnType<typeof openWireUpstreams> {
  return openWireUpstreams({
    upstreams,
    ofModelObject: (name, { model, embeddings }) => new AiSdkUpstream({ name, model, embeddings }),
  });
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
