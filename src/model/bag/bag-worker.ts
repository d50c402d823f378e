import { serveBench } from '../../util/serve-bench.ts';
import type { FeatureChunk } from './feature-chunk.ts';
import { Workbench, type BenchRequests } from './workbench.ts';

serveBench<BenchRequests>(new Workbench(), (name, response) => {
  if (name !== 'featurise') return [];
  const { starts, wordEnds, rows, values } = response as FeatureChunk;
  return [starts, wordEnds, rows, values].map(({ buffer }) => buffer as ArrayBuffer);
});
