import { join } from 'node:path';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Config } from '../schema/config.ts';
import { closestName } from '../util/closest-name.ts';
import { ModelUpstream } from './model-upstream.ts';
import type { PriceBook } from './price-book.ts';
import type { Upstream, UpstreamSet } from './upstream.ts';

/**
 * The config's upstreams, in its order. Nothing is called and no key is read before the first `complete`, so an
 * upstream that cannot be used harms only those who use it. Answers are cached under `cacheDir`.
 */
export function openUpstreams(options: {
  upstreams: Config['upstreams'];
  cacheDir: string;
  /** Left out: the prices that the upstreams themselves state, and no others. */
  priceBook?: PriceBook;
  /** Where keys are looked up; default `process.env`. */
  environment?: NodeJS.ProcessEnv;
  /** First pause of the exponential back-off between attempts, milliseconds; default 500. */
  backoffMs?: number;
}): UpstreamSet {
  const { cacheDir, environment = process.env, backoffMs = 500 } = options;
  const upstreams = new Map<string, Upstream>();
  for (const [name, config] of Object.entries(options.upstreams)) {
    const modelId = 'baseUrl' in config ? config.model : config.model.modelId;
    const price = options.priceBook?.priceOf(name, modelId) ?? config.price ?? null;
    const facts = { name, config, price, environment, backoffMs };
    upstreams.set(name, new ModelUpstream({ ...facts, cacheDir: join(cacheDir, 'calls') }));
  }
  return upstreamSetOf(upstreams);
}

function upstreamSetOf(upstreams: ReadonlyMap<string, Upstream>): UpstreamSet {
  const names = [...upstreams.keys()];
  return {
    names,
    get(name) {
      const upstream = upstreams.get(name);
      if (upstream === undefined) throw unknownUpstream(name, names);
      return upstream;
    },
  };
}

function unknownUpstream(name: string, names: readonly string[]): HomegrownError {
  const nearest = closestName(name, names);
  return new HomegrownError({
    code: 'upstream/unknown',
    message: `there is no upstream "${name}" in homegrown.config.ts`,
    where: 'upstreams',
    expected:
      names.length === 0
        ? 'an entry in upstreams, of which there is none'
        : names.map((known) => `"${known}"`).join(' or '),
    hint:
      nearest === undefined
        ? `Add upstreams: { ${JSON.stringify(name)}: { baseUrl, apiKeyEnv, model } } to the config.`
        : `Did you mean "${nearest}"?`,
  });
}
