/** What a made-up report is to show. */
export interface FixtureOptions {
  seed: number;
  classes: number;
  candidates: number;
  examples: number;
  crossValidation: boolean;
  outcome: 'chosen' | 'nothing-passed';
  costs: 'known' | 'unknown' | 'mixed';
  /** Labels, inputs, names and messages full of markup, control characters and other traps. */
  hostile: boolean;
}

/** A report like the demo's. */
export const FIXTURE_DEFAULTS: FixtureOptions = {
  seed: 1,
  classes: 41,
  candidates: 4,
  examples: 95_134,
  crossValidation: false,
  outcome: 'chosen',
  costs: 'mixed',
  hostile: false,
};
