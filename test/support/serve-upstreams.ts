import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayEvent } from '../../src/gateway/gateway-log.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../src/gateway/server.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { type ConfigInput, configSchema } from '../../src/schema/config.ts';
import { AiSdkUpstream } from '../../src/upstream/ai-sdk/ai-sdk-upstream.ts';
import { openWireUpstreams } from '../../src/upstream/open-wire-upstreams.ts';
import { loadKeywordModel } from './keyword-model.ts';
import { openRegistryIn } from './serve-keyword-model.ts';

export interface ServedUpstreams {
  server: RunningServer;
  registry: Registry;
  directory: string;
  events: GatewayEvent[];
  close(): Promise<void>;
}

/** A gateway on a free port before the upstreams of a config, with an empty registry. Everything of `options` goes to the server. */
export async function serveUpstreams(
  config: Partial<ConfigInput>,
  options: Partial<ServerOptions> = {},
): Promise<ServedUpstreams> {
  const parsed = configSchema.parse({ tasks: {}, ...config });
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-upstreams-'));
  const registry = await openRegistryIn(join(directory, '.homegrown'));
  const events: GatewayEvent[] = [];
  const server = await startServer({
    port: 0,
    tasks: Object.entries(parsed.tasks).map(([name, task]) => ({ name, config: task })),
    registry,
    load: loadKeywordModel,
    log: (event) => events.push(event),
    pollMs: 50,
    backoffMs: 10,
    upstreams: openWireUpstreams({
      upstreams: parsed.upstreams,
      ofModelObject: (name, { model, embeddings }) => new AiSdkUpstream({ name, model, embeddings }),
    }),
    defaultUpstream: parsed.defaultUpstream,
    ...options,
  });
  const close = async (): Promise<void> => {
    await server.close();
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { server, registry, directory, events, close };
}
