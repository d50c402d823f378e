import { openOrtTrainer } from '../engine/runtime/ort/ort-trainer.ts';
import { INSTALL_ORT, ortVersion } from '../engine/runtime/ort/ort-version.ts';
import { bagRung } from '../rung/bag/bag-rung.ts';
import { blendRung } from '../rung/blend/blend-rung.ts';
import { encoderRung } from '../rung/encoder/encoder-rung.ts';
import { fewShotRung } from '../rung/few-shot/few-shot-rung.ts';
import { promptRung } from '../rung/prompt/prompt-rung.ts';
import type { Rung } from '../rung/rung.ts';
import type { MissingEngine, TrainingEngine } from '../train/engine.ts';

/** Every technique that is built in. */
export const RUNGS: readonly Rung[] = [promptRung, fewShotRung, bagRung, encoderRung(engine()), blendRung];

function engine(): TrainingEngine | MissingEngine {
  const version = ortVersion();
  if (version === null) return { reason: 'onnxruntime-node is not installed', hint: INSTALL_ORT };
  return { version, open: (setup) => openOrtTrainer(setup) };
}
