import type { IncomingMessage, ServerResponse } from 'node:http';
import { ENDPOINTS } from './call-paths.ts';
import { GatewayCall } from './gateway-call.ts';
import { Passage } from './passage.ts';
import type { PipelineOptions } from './pipeline-options.ts';

/** The way of calls that own models or upstreams answer, from Node's request to Node's response. */
export class Pipeline {
  readonly #options: PipelineOptions;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  /** Takes a request that is a call; false: it is none. */
  take(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    if (incoming.method !== 'POST') return false;
    const url = incoming.url ?? '';
    const query = url.indexOf('?');
    const endpoint = ENDPOINTS[query === -1 ? url : url.slice(0, query)];
    if (endpoint === undefined) return false;
    const call = new GatewayCall({
      endpoint,
      search: query === -1 ? '' : url.slice(query),
      incoming,
      outgoing,
      isStopping: this.#options.isStopping,
    });
    void this.#answer(call);
    return true;
  }

  async #answer(call: GatewayCall): Promise<void> {
    for (const observer of this.#options.hooks.observers) observer.started?.();
    const passage = new Passage(call, this.#options);
    try {
      await passage.go();
    } catch (error) {
      passage.refuse(error);
    }
  }
}
