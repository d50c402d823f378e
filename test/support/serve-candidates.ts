import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayEvent } from '../../src/gateway/gateway-log.ts';
import { type RunningServer, startServer } from '../../src/gateway/server.ts';
import { CallMetrics } from '../../src/gateway/telemetry/call-metrics.ts';
import type { Predictor } from '../../src/predictor/predictor.ts';
import { PromotionWatch } from '../../src/project/promotion-watch/promotion-watch.ts';
import type { EvaluationSummary } from '../../src/registry/evaluation-summary.ts';
import { gateSettingsOf } from '../../src/registry/gates/gate-settings.ts';
import { Promotions } from '../../src/registry/promotions.ts';
import { type Registry, registryOver } from '../../src/registry/registry.ts';
import { captureConfigSchema } from '../../src/schema/capture-config.ts';
import { configSchema, type ConfigInput } from '../../src/schema/config.ts';
import type { Capture } from '../../src/store/capture.ts';
import { openCapture } from '../../src/store/capture/open-capture.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { openWireUpstreams } from '../../src/upstream/open-wire-upstreams.ts';
import { type StandIn, startStandIn } from '../stand-in/stand-in-for-a-rented-model.ts';
import { type Keywords, loadKeywordModel, saveKeywordModel } from './keyword-model.ts';
import { FOLDERS } from './serve-keyword-model.ts';

export const KEYWORDS: Keywords = { food: 'bread', animal: 'cat' };

/** How a version behaves besides its keywords. */
export interface Behaviour {
  failing?: boolean;
  delayMs?: number;
}

export interface ServedCandidates {
  readonly url: string;
  readonly store: Store;
  readonly registry: Registry;
  readonly promotions: Promotions;
  readonly capture: Capture;
  readonly upstream: StandIn;
  readonly events: GatewayEvent[];
  readonly modelsDirectory: string;
  /** Registers one more version. */
  register(behaviour?: Behaviour, keywords?: Keywords): Promise<number>;
  /** Resolves when the server has seen what is deployed now. */
  seen(): Promise<void>;
  close(): Promise<void>;
}

type TaskInput = Partial<ConfigInput['tasks'][string]>;

/**
 * A server with the task `topic` whose upstream is a stand-in that always answers right, a store, a capture, and the watch of
 * promotions: everything that takes part when a model takes over.
 */
export async function serveCandidates(
  task: TaskInput = {},
  { watch: isWatched = true }: { watch?: boolean } = {},
): Promise<ServedCandidates> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-candidates-'));
  const upstream = await startStandIn({ labels: Object.keys(KEYWORDS), goldLabels: goldLabel, errorRate: 0 });
  const config = configSchema.parse({
    tasks: { topic: { kind: 'classify', data: 'data.jsonl', upstream: 'main', ...task } },
    upstreams: { main: { baseUrl: upstream.baseUrl, model: 'rented' } },
  });
  const tasks = [{ name: 'topic', config: config.tasks['topic']! }];
  const location = { kind: 'sqlite', path: join(directory, 'store.db') } as const;
  const store = await openSqliteStore(location.path);
  const modelsDirectory = join(directory, 'models');
  const registry = registryOver({ store, folders: FOLDERS, modelsDirectory });
  const settings = tasks.map(gateSettingsOf);
  const promotions = new Promotions({ registry, inferences: store.inferences, tasks: settings });
  const capture = await openCapture({
    directory: join(directory, 'capture'),
    store: location,
    config: captureConfigSchema.parse({ mode: 'async', flushMs: 5 }),
  });
  const events: GatewayEvent[] = [];
  const watch = new PromotionWatch({
    store: location,
    modelsDirectory,
    tasks: settings,
    everyMs: 100,
    tell: (news) =>
      events.push({
        level: 'info',
        event: 'promotion',
        message: news.kind === 'step' ? news.step.message : String(news.message),
      }),
  });
  const behaviours = new Map<string, Behaviour>();
  const metrics = new CallMetrics();
  const server: RunningServer = await startServer({
    port: 0,
    tasks,
    registry,
    load: async (folder) => behaving(await loadKeywordModel(folder), behaviours),
    log: (event) => events.push(event),
    pollMs: 20,
    upstreams: openWireUpstreams({ upstreams: config.upstreams, ofModelObject: neverAsked }),
    promotions: {
      promotions,
      tasks: settings,
      allowances: store.allowances,
      ...(isWatched ? { watch } : {}),
    },
    metrics: { readers: 'everybody', families: () => metrics.families() },
    hooks: { capture, costOf: () => null, observers: [metrics] },
  });
  let runs = 0;
  return {
    url: server.url,
    store,
    registry,
    promotions,
    capture,
    upstream,
    events,
    modelsDirectory,
    async register(behaviour = {}, keywords = KEYWORDS) {
      const run = `run-${++runs}`;
      behaviours.set(run, behaviour);
      const candidate = join(directory, 'candidates', run);
      await saveKeywordModel(candidate, { task: 'topic', keywords, run });
      const { version } = await registry.register({
        directory: candidate,
        task: 'topic',
        evaluation: EVALUATION,
      });
      return version;
    },
    async seen() {
      const isSeen = async (): Promise<boolean> => {
        for (const { version, state } of await registry.deployments('topic')) {
          if (state === 'retired') continue;
          const starts = (await registry.history('topic')).filter(
            (one) => one.version === version && one.to === state,
          );
          const isNews = ({ event, message }: GatewayEvent): boolean =>
            event === `model-${state}` && message.startsWith(`topic@${version} `);
          if (events.filter(isNews).length < starts.length) return false;
        }
        return true;
      };
      for (let tries = 0; !(await isSeen()); tries++) {
        if (tries > 500) throw new Error('the server does not follow the registry');
        await sleep(20);
      }
    },
    async close() {
      await server.close();
      await watch.close();
      await capture.close();
      await store.close();
      await upstream.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The label whose word a text holds. */
export function goldLabel(text: string): string {
  return Object.keys(KEYWORDS).find((label) => text.includes(KEYWORDS[label]!)) ?? 'food';
}

function behaving(predictor: Predictor, behaviours: ReadonlyMap<string, Behaviour>): Predictor {
  const { failing = false, delayMs = 0 } = behaviours.get(predictor.manifest.lineage.run) ?? {};
  return {
    ...predictor,
    async predict(inputs, options) {
      if (delayMs > 0) await sleep(delayMs);
      if (failing) throw new Error('the weights hold no numbers');
      return predictor.predict(inputs, options);
    },
  };
}

const quality = {
  examples: 100,
  groups: 90,
  accuracy: { value: 0.9, low: 0.85, high: 0.94 },
  macroF1: { value: 0.9, low: 0.85, high: 0.94 },
  calibrationError: null,
  unusable: 0,
};
const EVALUATION: EvaluationSummary = {
  run: 'run-1',
  dataset: 'abc',
  candidate: 'bag',
  metric: 'accuracy',
  protocol: 'held-out',
  quality: quality.accuracy,
  validation: quality,
  heldOut: quality,
  p95LatencyMs: 0.05,
  costPer1kUsd: null,
  modelBytes: 1000,
};

function neverAsked(): never {
  throw new Error('the only upstream is an address');
}
