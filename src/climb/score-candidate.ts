import type { ExampleSet } from '../data/example-set.ts';
import { firstExamples } from '../data/example-subset.ts';
import { scorePredictions } from '../evaluate/score.ts';
import { readScoredPredictions, writeScoredPredictions } from '../evaluate/scored-predictions-file.ts';
import type { ScoredPredictions } from '../evaluate/scored-predictions.ts';
import type { Predictor } from '../predictor/predictor.ts';
import type { ClimbRun } from './climb-run.ts';

/** Candidates that call an upstream take seconds and money for each answer: they are judged on this many examples. */
export const DEAR_EXAMPLES = 200;

/** A predictor's answers on a set (on a fixed subset when it calls an upstream), stored in the run. */
export async function scoreCandidate(
  predictor: Predictor,
  examples: ExampleSet,
  {
    run,
    file,
    signal,
    dearExamples = DEAR_EXAMPLES,
  }: { run: ClimbRun; file: string; signal: AbortSignal; dearExamples?: number },
): Promise<ScoredPredictions> {
  const path = run.path('predictions', file);
  if (run.has('predictions', file)) return readScoredPredictions(path);
  const dear = predictor.manifest.upstreams.length > 0;
  const scored = await scorePredictions(predictor, dear ? firstExamples(examples, dearExamples) : examples, {
    signal,
  });
  await writeScoredPredictions(path, scored);
  return scored;
}
