import type { PredictorKind } from '../schema/candidate-manifest.ts';
import type { UpstreamSet } from '../upstream/upstream.ts';
import { loadBagPredictor } from '../predictor/bag/bag-predictor.ts';
import { loadBlendPredictor } from '../predictor/blend/blend-predictor.ts';
import { loadEncoderPredictor } from '../predictor/encoder/encoder-predictor.ts';
import { verifyCandidateFolder } from '../predictor/candidate-folder.ts';
import type { Predictor, PredictorLoader } from '../predictor/predictor.ts';
import { loadPromptPredictor } from '../predictor/prompt/prompt-predictor.ts';

const LOADERS: Record<PredictorKind, PredictorLoader> = {
  bag: loadBagPredictor,
  encoder: loadEncoderPredictor,
  prompt: loadPromptPredictor,
  'few-shot': loadPromptPredictor,
  blend: loadBlendPredictor,
};

/** Verifies every file of a candidate or model folder and makes a predictor of it. Throws `model/…`. */
export async function loadPredictor(
  directory: string,
  { upstreams }: { upstreams: UpstreamSet },
): Promise<Predictor> {
  const manifest = await verifyCandidateFolder(directory);
  const load = (part: string): Promise<Predictor> => loadPredictor(part, { upstreams });
  return LOADERS[manifest.kind](directory, manifest, { upstreams, load });
}
