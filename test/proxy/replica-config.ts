import type { ConfigInput } from '../../src/schema/config.ts';

/** The config of docs/replicas.md, with a stand-in as its upstream; another seed makes another model. */
export function replicaConfig({ upstream, seed = 1 }: { upstream: string; seed?: number }): ConfigInput {
  return {
    tasks: {
      ticket: { kind: 'classify', data: 'tickets.jsonl', rungs: ['bag'], seed },
    },
    upstreams: { main: { baseUrl: upstream, model: 'rented-1', serving: { retries: 0 } } },
    store: { postgresUrlEnv: 'DATABASE_URL' },
    access: { keys: 'always' },
  };
}
