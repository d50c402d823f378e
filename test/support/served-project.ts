import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayEvent } from '../../src/gateway/gateway-log.ts';
import type { RunningServer } from '../../src/gateway/server.ts';
import { openProject, type Project } from '../../src/project/project.ts';
import type { ConfigInput } from '../../src/schema/config.ts';
import {
  type FaultyUpstream,
  type FaultyUpstreamOptions,
  startFaultyUpstream,
} from '../stand-in/faulty-upstream.ts';

/** A project in a temporary directory whose one upstream, `main`, is a stand-in on this machine, and its server. */
export interface ProjectBeforeStandIn {
  readonly directory: string;
  readonly project: Project;
  readonly server: RunningServer;
  readonly upstream: FaultyUpstream;
  readonly events: GatewayEvent[];
  /** One more server over the same directory, as another process would have it. */
  another(): Promise<RunningServer>;
  close(): Promise<void>;
}

type UpstreamPart = Partial<NonNullable<ConfigInput['upstreams']>[string]>;

export async function serveBeforeStandIn(
  options: {
    config?: Partial<ConfigInput>;
    main?: UpstreamPart;
    stand?: FaultyUpstreamOptions;
    host?: string;
  } = {},
): Promise<ProjectBeforeStandIn> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-served-'));
  const upstream = await startFaultyUpstream(options.stand);
  const events: GatewayEvent[] = [];
  const log = (event: GatewayEvent): unknown => events.push(event);
  const config: ConfigInput = {
    tasks: { topic: { kind: 'classify', data: 'data.jsonl', upstream: 'main' } },
    upstreams: { main: { baseUrl: upstream.baseUrl, model: 'gpt-4o-mini', ...options.main } as never },
    ...options.config,
  };
  const closing: (() => Promise<void>)[] = [];
  const open = async (): Promise<{ project: Project; server: RunningServer }> => {
    const project = await openProject(directory, { config });
    closing.unshift(() => project.close());
    const server = await project.serve({ port: 0, host: options.host ?? '127.0.0.1', log });
    closing.unshift(() => server.close());
    return { project, server };
  };
  const { project, server } = await open();
  const close = async (): Promise<void> => {
    for (const one of closing) await one();
    await upstream.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { directory, project, server, upstream, events, another: async () => (await open()).server, close };
}
