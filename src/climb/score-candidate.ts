import type { ExampleSet } from '../data/example-set.ts';
import { firstExamples } from '../data/example-subset.ts';
import { scorePredictions } from '../evaluate/score.ts';
import { readScoredPredictions, writeScoredPredictions } from '../evaluate/scored-predictions-file.ts';
import type { ScoredPredictions } from '../evaluate/scored-predictions.ts';
import type { Predictor } from '../predictor/predictor.ts';
import type { ClimbRun } from './climb-run.ts';

/** A predictor's answers on a set, or on its first `limit` examples, stored in the run. */
export async function scoreCandidate(
  predictor: Predictor,
  examples: ExampleSet,
  {
    run,
    file,
    signal,
    limit,
    durable = true,
  }: { run: ClimbRun; file: string; signal: AbortSignal; limit: number | null; durable?: boolean },
): Promise<ScoredPredictions> {
  const path = run.path('predictions', file);
  if (run.has('predictions', file)) return readScoredPredictions(path);
  const scored = await scorePredictions(
    predictor,
    limit === null ? examples : firstExamples(examples, limit),
    { signal },
  );
  await writeScoredPredictions(path, scored, { durable });
  return scored;
}
