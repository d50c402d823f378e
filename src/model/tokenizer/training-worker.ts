import { serveBench } from '../../util/serve-bench.ts';
import type { CountedWords } from './counted-words.ts';
import { TrainingBench, type TrainingRequests } from './training-bench.ts';

serveBench<TrainingRequests>(new TrainingBench(), (name, response) => {
  if (name !== 'takeWords') return [];
  const { bytes, starts, counts } = response as CountedWords;
  return [bytes, starts, counts].map(({ buffer }) => buffer as ArrayBuffer);
});
