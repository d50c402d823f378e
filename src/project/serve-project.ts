import { type RunningServer, startServer } from '../gateway/server.ts';
import type { GatewayLog } from '../gateway/gateway-log.ts';
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
export function serveProject(project: Project, options: ServeOptions): Promise<RunningServer> {
  const { models, upstreams, tasks, config } = project;
  const served = openWireUpstreams({
    upstreams: config.upstreams,
    ofModelObject: (name, { model, embeddings }) => new AiSdkUpstream({ name, model, embeddings }),
  });
  const { defaultUpstream } = config;
  const load = (directory: string): ReturnType<typeof loadPredictor> =>
    loadPredictor(directory, { upstreams });
  return startServer({
    ...config.server,
    ...options,
    tasks,
    registry: models,
    load,
    upstreams: served,
    defaultUpstream,
  });
}
