import { openOrtTrainer } from '../engine/runtime/ort/ort-trainer.ts';
import { ortVersion } from '../engine/runtime/ort/ort-version.ts';
import { bagRung } from '../rung/bag/bag-rung.ts';
import { blendRung } from '../rung/blend/blend-rung.ts';
import { encoderRung } from '../rung/encoder/encoder-rung.ts';
import { fewShotRung } from '../rung/few-shot/few-shot-rung.ts';
import { promptRung } from '../rung/prompt/prompt-rung.ts';
import type { Rung } from '../rung/rung.ts';

/** Every technique that is built in. */
export const RUNGS: readonly Rung[] = [
  promptRung,
  fewShotRung,
  bagRung,
  encoderRung({ version: ortVersion(), open: (setup) => openOrtTrainer(setup) }),
  blendRung,
];
