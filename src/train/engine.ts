import type { TrainerSetup } from '../engine/training/trainer-setup.ts';
import type { Trainer } from '../engine/training/trainer.ts';

export type { TrainerSetup } from '../engine/training/trainer-setup.ts';
export type { Feeds, Trainer } from '../engine/training/trainer.ts';

/** What trains networks; handed in, so that nobody who trains has to know a runtime. */
export interface TrainingEngine {
  /** Names the code behind it: another version may give other last bits. */
  readonly version: string;
  open(setup: TrainerSetup): Promise<Trainer>;
}

/** Why there is no engine, and what would change that. */
export interface MissingEngine {
  readonly reason: string;
  readonly hint: string;
}
