import type { Predictor } from '../predictor/predictor.ts';
import type { ClimbEnvironment } from './climb-environment.ts';

/** Loads a candidate, works with it, closes it. */
export async function withPredictor<T>(
  environment: Pick<ClimbEnvironment, 'load'>,
  directory: string,
  work: (predictor: Predictor) => Promise<T>,
): Promise<T> {
  const predictor = await environment.load(directory);
  try {
    return await work(predictor);
  } finally {
    await predictor.close();
  }
}
