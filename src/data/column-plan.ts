import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Columns } from '../schema/config.ts';
import type { DatasetManifest } from '../schema/dataset-manifest.ts';
import { closestName } from '../util/closest-name.ts';
import { quoteForDisplay } from './quote-for-display.ts';

/** The parts of an example that a source may lack. */
export const OPTIONAL_PARTS = ['group', 'time', 'weight', 'split'] as const;
export type OptionalPart = (typeof OPTIONAL_PARTS)[number];

/** Which column holds which part; `demanded` ones were named by the user and must exist. */
export type ColumnPlan = Readonly<Record<'input' | 'output', string>> &
  Readonly<Record<OptionalPart, string | null>> & { readonly demanded: ReadonlySet<OptionalPart> };

/** Fills in what the config leaves out: the optional parts' own names, which then need not exist. */
export function planColumns(columns: Columns): ColumnPlan {
  const choose = (part: OptionalPart): string | null => (columns[part] === undefined ? part : columns[part]);
  const demanded = OPTIONAL_PARTS.filter((part) => typeof columns[part] === 'string');
  return {
    input: columns.input,
    output: columns.output,
    group: choose('group'),
    time: choose('time'),
    weight: choose('weight'),
    split: choose('split'),
    demanded: new Set(demanded),
  };
}

/** All column names of the plan. */
export function plannedNames(plan: ColumnPlan): string[] {
  const optional = OPTIONAL_PARTS.map((part) => plan[part]).filter((name) => name !== null);
  return [...new Set([plan.input, plan.output, ...optional])];
}

/** Throws `data/missing-column` when a source does not declare a column it must have. */
export function checkDeclaredColumns(plan: ColumnPlan, declared: readonly string[], file: string): void {
  for (const part of ['input', 'output', ...plan.demanded] as const) {
    const name = plan[part];
    if (name !== null && !declared.includes(name)) throw missingColumn(part, name, declared, file);
  }
}

/** The error for a column that is not there, with the columns that are. */
export function missingColumn(
  part: 'input' | 'output' | OptionalPart,
  name: string,
  found: readonly string[],
  file: string,
): HomegrownError {
  const nearest = closestName(name, found);
  const example = nearest ?? found.find((column) => column !== '') ?? 'your column';
  return new HomegrownError({
    code: 'data/missing-column',
    kind: 'usage',
    message: `there is no column for the ${part}`,
    where: file,
    expected: `a column named ${quoteForDisplay(name)}`,
    found: listColumns(found),
    hint: `Name the right column in the task’s config, for example: columns: { ${part}: ${JSON.stringify(example)} }`,
  });
}

/** Column names for a message, the first dozen. */
export function listColumns(names: readonly string[]): string {
  if (names.length === 0) return 'no columns';
  const shown = names.slice(0, 12).map((name) => quoteForDisplay(name, 40));
  return `the columns ${shown.join(', ')}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`;
}

/** The manifest's record of the columns: a part that no row had is null. */
export function usedColumns(plan: ColumnPlan, used: ReadonlySet<OptionalPart>): DatasetManifest['columns'] {
  const nameOf = (part: OptionalPart): string | null => (used.has(part) ? plan[part] : null);
  return {
    input: plan.input,
    output: plan.output,
    group: nameOf('group'),
    time: nameOf('time'),
    weight: nameOf('weight'),
    split: nameOf('split'),
  };
}
