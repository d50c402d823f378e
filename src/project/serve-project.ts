import { join } from 'node:path';
import type { GatewayLog } from '../gateway/gateway-log.ts';
import { type RunningServer, startServer } from '../gateway/server.ts';
import { openCapture } from '../store/capture/open-capture.ts';
import { AiSdkUpstream } from '../upstream/ai-sdk/ai-sdk-upstream.ts';
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
  const { defaultUpstream } = config;
  const load = (directory: string): ReturnType<typeof loadPredictor> =>
    loadPredictor(directory, { upstreams });
  const capture = await openCapture({
    directory: join(project.homegrownDirectory, 'capture'),
    store: project.storeLocation,
    config: config.capture,
  });
  try {
    const server = await startServer({
      ...config.server,
      ...options,
      tasks,
      registry: models,
      load,
      upstreams: openWireUpstreams({
        upstreams: config.upstreams,
        ofModelObject: (name, { model, embeddings }) => new AiSdkUpstream({ name, model, embeddings }),
      }),
      defaultUpstream,
      hooks: { capture: capture.mode === 'off' ? null : capture },
    });
    return closingAfter(server, () => capture.close());
  } catch (error) {
    await capture.close();
    throw error;
  }
}

/** The same server, which ends what belongs to it once its last call was answered. */
function closingAfter(server: RunningServer, then: () => Promise<void>): RunningServer {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= server.close().finally(then));
  return { url: server.url, port: server.port, close };
}
