import type { Config, ModelUpstreamConfig } from '../schema/config.ts';
import type { ServingConfig } from '../schema/serving-config.ts';
import { HttpWireUpstream } from './http-wire-upstream.ts';
import type { WireUpstream } from './wire-upstream.ts';

/** An upstream as the gateway serves it. */
export interface ServedUpstream {
  readonly wire: WireUpstream;
  /** The provider's name of the model that the config names: what a call without one is answered by. */
  readonly model: string;
  readonly serving: ServingConfig;
}

/** The config's upstreams by name, ready to be called by clients of the gateway. Nothing is connected and no key is read before the first call. */
export function openWireUpstreams(options: {
  upstreams: Config['upstreams'];
  /** Where keys are looked up; default `process.env`. */
  environment?: NodeJS.ProcessEnv;
  /** Makes the upstream of an AI SDK model object. */
  ofModelObject: (name: string, config: ModelUpstreamConfig) => WireUpstream;
}): Map<string, ServedUpstream> {
  const { upstreams, environment = process.env, ofModelObject } = options;
  const served = new Map<string, ServedUpstream>();
  for (const [name, config] of Object.entries(upstreams)) {
    if (!('baseUrl' in config)) {
      const { model, serving } = config;
      served.set(name, { wire: ofModelObject(name, config), model: model.modelId, serving });
      continue;
    }
    const { baseUrl, apiKeyEnv, model, serving } = config;
    const wire = new HttpWireUpstream({
      name,
      baseUrl,
      apiKeyEnv,
      environment,
      connectMs: serving.connectMs,
    });
    served.set(name, { wire, model, serving });
  }
  return served;
}
