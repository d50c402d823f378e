import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { CapturedSource } from '../../schema/captured-source.ts';
import type { InferenceFilter } from '../../store/store.ts';

/** Each combination is a query of its own. */
const MOST_COMBINATIONS = 10_000;

/**
 * What to ask the store for: a store's filter takes one user, group and target, so lists become one filter per combination, which
 * let through disjoint calls.
 */
export function filtersOf(source: CapturedSource, taskName: string): InferenceFilter[] {
  const { since, until, tags } = source;
  const common: InferenceFilter = {
    task: source.task ?? taskName,
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(tags === undefined ? {} : { tags }),
  };
  const lists = [
    (source.user ?? [undefined]).map((user) => (user === undefined ? {} : { user })),
    (source.group ?? [undefined]).map((group) => (group === undefined ? {} : { group })),
    (source.target ?? [undefined]).map((target) => (target === undefined ? {} : { target })),
  ];
  const combinations = lists.reduce((product, { length }) => product * length, 1);
  if (combinations > MOST_COMBINATIONS) throw tooMany(combinations);
  return lists.reduce<InferenceFilter[]>(
    (filters, choices) => filters.flatMap((filter) => choices.map((choice) => ({ ...filter, ...choice }))),
    [common],
  );
}

function tooMany(combinations: number): HomegrownError {
  return new HomegrownError({
    code: 'data/too-many-filters',
    kind: 'usage',
    message: 'captured() names too many combinations of users, groups and targets',
    expected: `at most ${MOST_COMBINATIONS}`,
    found: `${combinations}`,
    hint: 'Name fewer of them, or tag the calls and filter by tag.',
  });
}
