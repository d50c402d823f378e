import type { TrainerSetup } from '../../engine/training/trainer-setup.ts';
import type { Trainer } from '../../engine/training/trainer.ts';

/** What trains the network; handed in, so that this rung knows no runtime. */
export interface EncoderEngine {
  /** Names the code behind it: another version may give other last bits. */
  readonly version: string;
  open(setup: TrainerSetup): Promise<Trainer>;
}
