import type { ExampleSet } from '../data/example-set.ts';
import type { ScoredPredictions } from '../evaluate/scored-predictions.ts';
import type { BuiltCandidate, Rung } from '../rung/rung.ts';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import type { Measured, Quality, Report } from '../schema/report.ts';
import type { ClimbEnvironment } from './climb-environment.ts';

/** One candidate, evaluated. */
export interface Outcome {
  manifest: CandidateManifest;
  directory: string;
  /** What the choice is made on: validation, or out of fold. */
  validationScores: ScoredPredictions;
  validation: Quality;
  /** null in a cross-validation. */
  heldOut: Quality | null;
  /** The predictions that errors to read are picked from, and their inputs in the order of `example`. */
  reported: {
    scores: ScoredPredictions;
    inputs(examples: ReadonlySet<number>): Promise<Map<number, string>>;
  };
  measured: Measured;
}

/** How quality is found: with one held-out set, or by repeated grouped cross-validation. */
export interface Protocol {
  readonly description: Report['protocol'];
  /** What the final candidates learn from. */
  readonly train: ExampleSet;
  /** How often each rung is built. */
  readonly trainings: number;
  /** What has been built so far for the end. */
  readonly built: readonly BuiltCandidate[];
  readonly baseline: { label: string; validation: Quality; heldOut: Quality | null };
  tryRung(rung: Rung, environment: ClimbEnvironment): Promise<Outcome[]>;
}
