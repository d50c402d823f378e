import type { FixtureOptions } from './fixture-options.ts';

/** The kinds of report that a page must be right for. */
export const PAGE_FIXTURES: Record<string, Partial<FixtureOptions>> = {
  demo: {},
  'one-candidate-unknown-costs': { candidates: 1, costs: 'unknown' },
  'two-classes-eight-candidates': { classes: 2, candidates: 8, costs: 'known' },
  'cross-validation-nothing-passed': {
    classes: 6,
    examples: 312,
    crossValidation: true,
    outcome: 'nothing-passed',
  },
  'five-hundred-classes': { classes: 500, candidates: 2 },
  'baseline-only': { candidates: 0, outcome: 'nothing-passed' },
  hostile: { hostile: true, classes: 24, candidates: 8 },
};
