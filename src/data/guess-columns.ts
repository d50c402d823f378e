import { dirname, resolve } from 'node:path';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { type ColumnGuess, GUESSED_PARTS, type GuessedColumn, type GuessedPart } from './column-guess.ts';
import { ColumnProfile } from './column-profile.ts';
import {
  chooseGroup,
  chooseInput,
  chooseOutput,
  chooseSplit,
  chooseTime,
  chooseWeight,
} from './column-choices.ts';
import { countOf, formatCount } from './quote-for-display.ts';
import { readParquetShape } from './read-parquet.ts';
import { listColumns } from './column-plan.ts';
import { type ReadableShare, refuseUnreadable } from './column-guess-refusal.ts';
import { declaredColumns, readSource } from './read-source.ts';
import { openSource, type SourceFile } from './source-file.ts';
import { textOfValue } from './value-text.ts';

export type { ColumnGuess, GuessedColumn, GuessedPart } from './column-guess.ts';
export { configSource } from './config-source.ts';
export { renderColumnGuess } from './render-column-guess.ts';

const LOOKED_AT_ROWS = 200_000;
const LOOKED_AT_BYTES = 32 * 2 ** 20;

interface Survey extends ReadableShare {
  profiles: Map<string, ColumnProfile>;
  first: Readonly<Record<string, unknown>>[];
  complete: boolean;
}

/**
 * Looks at the beginning of a data file and guesses which column is what. Throws HomegrownError `data/…` when the file is
 * missing, without rows or mostly unreadable; what is merely odd is in `problems`.
 */
export async function guessColumns(file: string, corrections: ColumnCorrections = {}): Promise<ColumnGuess> {
  const path = resolve(file);
  const source = await openSource(path, dirname(path));
  const survey = await surveySource(source);
  refuseUnreadable(survey, { file, format: source.format, columns: survey.profiles.size });
  const profiles = [...survey.profiles.values()];
  const columns = corrected(chooseColumns(profiles), corrections, {
    available: profiles.map(({ name }) => name),
    file,
  });
  const output = columns.output === null ? undefined : survey.profiles.get(columns.output.column);
  const rows = source.format === 'parquet' ? (await readParquetShape(path)).rows : survey.rows;
  return {
    file,
    format: source.format,
    available: profiles.map(({ name }) => name),
    columns,
    rows,
    rowsLookedAt: survey.rows,
    rowsExact: survey.complete || source.format === 'parquet',
    outputs: { distinct: output?.distinct ?? 0, commonest: output?.commonest(8) ?? [] },
    samples: samplesOf(survey, columns),
    problems: findProblems(survey, columns, output),
  };
}

/** Columns the user names, whatever would have been guessed. */
export type ColumnCorrections = Partial<Record<GuessedPart, string>>;

function corrected(
  columns: ColumnGuess['columns'],
  corrections: ColumnCorrections,
  { available, file }: { available: readonly string[]; file: string },
): ColumnGuess['columns'] {
  const named = Object.entries(corrections) as [GuessedPart, string][];
  const unknown = named.find(([, column]) => !available.includes(column));
  if (unknown !== undefined) {
    throw new HomegrownError({
      code: 'data/unknown-column',
      message: `there is no column "${unknown[1]}"`,
      kind: 'usage',
      where: file,
      expected: listColumns(available),
      hint: `Name one of these with --${unknown[0]}.`,
    });
  }
  refuseSameColumn(corrections, file);
  const result = { ...columns };
  for (const part of GUESSED_PARTS) {
    if (named.some(([other, column]) => other !== part && column === result[part]?.column))
      result[part] = null;
  }
  for (const [part, column] of named) result[part] = { column, reason: 'you named it' };
  return result;
}

function refuseSameColumn({ input, output }: ColumnCorrections, file: string): void {
  if (input === undefined || input !== output) return;
  throw new HomegrownError({
    code: 'data/same-column',
    message: 'input and output cannot be the same column',
    kind: 'usage',
    where: file,
    expected: 'different columns for --input and --output',
    found: JSON.stringify(input),
  });
}

async function surveySource(source: SourceFile): Promise<Survey> {
  const survey: Survey = {
    profiles: new Map(),
    first: [],
    rows: 0,
    complete: false,
    badLines: 0,
    firstBad: null,
  };
  for (const name of (await declaredColumns(source)) ?? []) addProfile(survey, name);
  let bytes = 0;
  const onBytes = (block: Uint8Array): void => {
    bytes += block.length;
  };
  for await (const rows of readSource(source, { onBytes })) {
    for (const row of rows) {
      survey.rows += 1;
      if ('values' in row) addRow(survey, row.values);
      else {
        survey.badLines += 1;
        survey.firstBad ??= row;
      }
    }
    if (survey.rows >= LOOKED_AT_ROWS || bytes >= LOOKED_AT_BYTES) return survey;
  }
  survey.complete = true;
  return survey;
}

function addRow(survey: Survey, values: Readonly<Record<string, unknown>>): void {
  if (survey.first.length < 50) survey.first.push(values);
  for (const name of Object.keys(values)) addProfile(survey, name)?.add(values[name]);
}

/** Keys of JSON lines may be data themselves: only the first two hundred are looked at. */
function addProfile({ profiles }: Survey, name: string): ColumnProfile | undefined {
  const known = profiles.get(name);
  if (known !== undefined || profiles.size >= 200 || name === '') return known;
  const profile = new ColumnProfile(name);
  profiles.set(name, profile);
  return profile;
}

function chooseColumns(profiles: readonly ColumnProfile[]): Record<GuessedPart, GuessedColumn | null> {
  let left = profiles.filter(({ filled }) => filled > 0);
  const take = (choose: (from: readonly ColumnProfile[]) => GuessedColumn | null): GuessedColumn | null => {
    const chosen = choose(left);
    left = left.filter(({ name }) => name !== chosen?.column);
    return chosen;
  };
  const split = take(chooseSplit);
  const weight = take(chooseWeight);
  const time = take(chooseTime);
  const input = take(chooseInput);
  const output = take(chooseOutput);
  return { input, output, group: take(chooseGroup), time, weight, split };
}

function samplesOf(
  { first }: Survey,
  { input, output }: Record<GuessedPart, GuessedColumn | null>,
): ColumnGuess['samples'] {
  if (input === null || output === null) return [];
  const asText = (value: unknown): string => textOfValue(value) ?? '';
  return first
    .map((values) => ({ input: asText(values[input.column]), output: asText(values[output.column]) }))
    .filter((sample) => sample.input.trim() !== '' && sample.output !== '')
    .slice(0, 3);
}

function findProblems(
  survey: Survey,
  { input, output }: Record<GuessedPart, GuessedColumn | null>,
  outputProfile: ColumnProfile | undefined,
): string[] {
  const problems: string[] = [];
  const good = survey.rows - survey.badLines;
  if (survey.firstBad !== null) {
    const { line, problem } = survey.firstBad;
    problems.push(
      `${countOf(survey.badLines, 'line')} cannot be read; the first is line ${line}: expected ${problem.expected}, found ${problem.found}.`,
    );
  }
  if (input === null && good > 0)
    problems.push('No column looks like the input: text that differs from row to row.');
  if (output === null && good > 0) {
    problems.push('No column looks like the output: a few values that come again and again.');
  }
  for (const chosen of [input, output]) {
    const profile = chosen === null ? undefined : survey.profiles.get(chosen.column);
    const missing = good - (profile?.filled ?? good);
    if (missing > 0) {
      problems.push(
        `Column "${profile!.name}" is empty in ${formatCount(missing)} of ${countOf(good, 'row')}.`,
      );
    }
  }
  if (outputProfile?.distinct === 1)
    problems.push('All rows have the same output: there is nothing to tell apart.');
  if (good > 0 && good < 60 && survey.complete) {
    problems.push(`${countOf(good, 'row')} are few: intervals will be wide. 60 or more give a first answer.`);
  }
  return problems;
}
