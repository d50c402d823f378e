import { join } from 'node:path';
import { type RunningServer, startServer } from '../gateway/server.ts';
import type { GatewayLog } from '../gateway/gateway-log.ts';
import { openCapture } from '../store/capture/open-capture.ts';
import { openWireUpstreams } from '../upstream/open-wire-upstreams.ts';
import { loadPredictor } from './load-predictor.ts';
import type { Project } from './project.ts';

/** What serving may be told; the rest is in the config's `server`. */
export interface ServeOptions {
  host?: string;
  /** 0 takes any free port. */
  port?: number;
  log?: GatewayLog;
}

/** Starts the HTTP server over a project's registry. */
export async function serveProject(project: Project, options: ServeOptions): Promise<RunningServer> {
  const { models, upstreams, tasks, config } = project;
  const served = openWireUpstreams({ upstreams: config.upstreams });
  const { defaultUpstream } = config;
  const load = (directory: string): ReturnType<typeof loadPredictor> =>
    loadPredictor(directory, { upstreams });
  const capture = await openCapture({
    directory: join(project.homegrownDirectory, 'capture'),
    store: { kind: 'sqlite', path: join(project.homegrownDirectory, 'store.db') },
    config: config.capture,
  });
  const server = await startServer({
    ...config.server,
    ...options,
    tasks,
    registry: models,
    load,
    upstreams: served,
    defaultUpstream,
    hooks: { capture: capture.mode === 'off' ? null : capture },
  });
  const close = (): Promise<void> => server.close().then(() => capture.close());
  return { ...server, close };
}
