import type { PredictorKind } from '../schema/candidate-manifest.ts';
import type { UpstreamSet } from '../upstream/upstream.ts';
import { loadBagPredictor } from '../predictor/bag/bag-predictor.ts';
import { loadBlendPredictor } from '../predictor/blend/blend-predictor.ts';
import { loadEncoderPredictor } from '../predictor/encoder/encoder-predictor.ts';
import { verifyCandidateFolder } from '../predictor/candidate-folder.ts';
import { redactingPredictor } from '../predictor/redacting-predictor.ts';
import { redactor } from '../protocol/redaction/redactor.ts';
import type { CaptureConfig } from '../schema/capture-config.ts';
import type { Predictor, PredictorLoader } from '../predictor/predictor.ts';
import { loadPromptPredictor } from '../predictor/prompt/prompt-predictor.ts';

const LOADERS: Record<PredictorKind, PredictorLoader> = {
  bag: loadBagPredictor,
  encoder: loadEncoderPredictor,
  prompt: loadPromptPredictor,
  'few-shot': loadPromptPredictor,
  blend: loadBlendPredictor,
};

export interface LoadOptions {
  upstreams: UpstreamSet;
  /** The config's own redaction, for models that learned from calls it was applied to. */
  redactText?: CaptureConfig['redactText'] | undefined;
}

/**
 * Verifies every file of a candidate or model folder and makes a predictor of it, whose inputs are redacted as the calls were that it
 * learned from. Throws `model/…`.
 */
export async function loadPredictor(directory: string, options: LoadOptions): Promise<Predictor> {
  const predictor = await loadBare(directory, options);
  const redaction = predictor.manifest.lineage.captured?.redaction ?? null;
  if (redaction === null) return predictor;
  const { text } = redactor({
    redact: redaction.kinds,
    ...(redaction.ownFunction && options.redactText !== undefined ? { redactText: options.redactText } : {}),
  });
  return redactingPredictor(predictor, text);
}

/** Parts of a combined candidate get inputs that are redacted already. */
async function loadBare(
  directory: string,
  { upstreams }: Pick<LoadOptions, 'upstreams'>,
): Promise<Predictor> {
  const manifest = await verifyCandidateFolder(directory);
  const load = (part: string): Promise<Predictor> => loadBare(part, { upstreams });
  return LOADERS[manifest.kind](directory, manifest, { upstreams, load });
}
