import type { Predictor } from '../../src/predictor/predictor.ts';
import { loadKeywordModel } from './keyword-model.ts';

/** A keyword model that first waits as for an upstream, and has no answer when `wait` gives a failure. */
export async function upstreamModel(
  directory: string,
  wait: (signal: AbortSignal | undefined) => Promise<string | void>,
): Promise<Predictor> {
  const inner = await loadKeywordModel(directory);
  return {
    ...inner,
    manifest: { ...inner.manifest, upstreams: ['main'] },
    predict: async (inputs, options) => {
      const failure = await wait(options?.signal);
      if (typeof failure !== 'string') return inner.predict(inputs);
      return inputs.map(() => ({ label: null, probabilities: null, failure }));
    },
  };
}
