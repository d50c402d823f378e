import type { Split } from '../schema/split.ts';
import type { ColumnPlan, OptionalPart } from './column-plan.ts';
import { parseTime } from './parse-time.ts';
import { quoteForDisplay } from './quote-for-display.ts';
import { describeJson } from './read-json-lines.ts';
import type { RowProblem } from './source-row.ts';
import { parseSplitName } from './split.ts';
import { textOfValue } from './value-text.ts';

/** One row of a source that can become an example. */
export interface LabelledRow {
  input: string;
  output: string;
  /** null when the source names none. */
  group: string | null;
  split: Split | null;
  time: string | null;
  weight: number;
}

/** Longest output taken for a label, in UTF-16 code units. */
export const MAX_OUTPUT_LENGTH = 1_000;

/** Turns the named values of rows into labelled rows, and notes which optional columns were there and what was mended. */
export class RowParser {
  readonly usedParts: Set<OptionalPart> = new Set();
  /** Columns seen in the first rows, for messages. */
  readonly seenColumns: Set<string> = new Set();
  /** Rows with half surrogate pairs, which are no characters and became U+FFFD. */
  mendedRows = 0;
  /** Rows without a group where other rows have one. */
  rowsWithoutGroup = 0;
  readonly #plan: ColumnPlan;
  #mended = false;

  constructor(plan: ColumnPlan) {
    this.#plan = plan;
  }

  parse(values: Readonly<Record<string, unknown>>): LabelledRow | { problem: RowProblem } {
    this.#noteColumns(values);
    this.#mended = false;
    try {
      const row: LabelledRow = {
        input: this.#input(values),
        output: this.#output(values),
        group: this.#group(values),
        split: this.#split(values),
        time: this.#time(values),
        weight: this.#weight(values),
      };
      if (this.#mended) this.mendedRows += 1;
      if (row.group === null) this.rowsWithoutGroup += 1;
      return row;
    } catch (problem) {
      if (problem instanceof Rejection) return { problem: problem.facts };
      throw problem;
    }
  }

  #noteColumns(values: Readonly<Record<string, unknown>>): void {
    if (this.seenColumns.size > 0) return;
    for (const name of Object.keys(values).slice(0, 200)) this.seenColumns.add(name);
  }

  #input(values: Readonly<Record<string, unknown>>): string {
    const value = this.#required('input', values);
    if (typeof value === 'string') return this.#wellFormed(value);
    throw new Rejection({
      expected: `text as the input (${quoteForDisplay(this.#plan.input)})`,
      found: describeValue(value),
    });
  }

  #output(values: Readonly<Record<string, unknown>>): string {
    const value = this.#required('output', values);
    const text = textOfValue(value);
    const expected = `a label as the output (${quoteForDisplay(this.#plan.output)})`;
    if (text === null) throw new Rejection({ expected, found: describeValue(value) });
    if (text.trim() === '') throw new Rejection({ expected, found: 'empty text' });
    if (text.length > MAX_OUTPUT_LENGTH) {
      throw new Rejection({
        expected: `${expected} of at most ${MAX_OUTPUT_LENGTH} characters`,
        found: `${text.length}`,
      });
    }
    return this.#wellFormed(text);
  }

  #required(part: 'input' | 'output', values: Readonly<Record<string, unknown>>): unknown {
    const name = this.#plan[part];
    if (Object.hasOwn(values, name)) return values[name];
    const keys = Object.keys(values);
    const shown = keys.slice(0, 8).map((key) => quoteForDisplay(key, 30));
    const found =
      keys.length === 0 ? 'no keys' : `the keys ${shown.join(', ')}${keys.length > 8 ? ', …' : ''}`;
    const hint = `Name the right column in the task’s config: columns: { ${part}: "…" }`;
    throw new Rejection({ expected: `a key ${quoteForDisplay(name)} for the ${part}`, found, hint });
  }

  /** The value of an optional column; undefined when it is absent, null or empty. */
  #optional(part: OptionalPart, values: Readonly<Record<string, unknown>>): unknown {
    const name = this.#plan[part];
    if (name === null || !Object.hasOwn(values, name)) return undefined;
    this.usedParts.add(part);
    const value = values[name];
    return value === null || value === '' ? undefined : value;
  }

  #group(values: Readonly<Record<string, unknown>>): string | null {
    const value = this.#optional('group', values);
    if (value === undefined) return null;
    const text = textOfValue(value);
    if (text === null) throw this.#rejected('group', 'text or a number', value);
    return this.#wellFormed(text);
  }

  #split(values: Readonly<Record<string, unknown>>): Split | null {
    const value = this.#optional('split', values);
    if (value === undefined) return null;
    const split = typeof value === 'string' ? parseSplitName(value) : null;
    if (split === null)
      throw this.#rejected('split', 'train, validation (val, dev) or held-out (test)', value);
    return split;
  }

  #time(values: Readonly<Record<string, unknown>>): string | null {
    const value = this.#optional('time', values);
    if (value === undefined) return null;
    const time = parseTime(value);
    if (time === null) throw this.#rejected('time', 'ISO 8601 (2026-03-31T08:30:00Z) or Unix seconds', value);
    return time;
  }

  #weight(values: Readonly<Record<string, unknown>>): number {
    const value = this.#optional('weight', values);
    if (value === undefined) return 1;
    const weight =
      typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string'
        ? Number(value)
        : Number.NaN;
    if (!(weight > 0 && weight < Infinity)) throw this.#rejected('weight', 'a number above 0', value);
    return weight;
  }

  #rejected(part: OptionalPart, expected: string, value: unknown): Rejection {
    const name = quoteForDisplay(this.#plan[part] ?? part);
    return new Rejection({
      expected: `${expected} as the ${part} (${name})`,
      found: describeValue(value),
      hint: `If that column is something else, write in the task’s config: columns: { ${part}: null }`,
    });
  }

  #wellFormed(text: string): string {
    if (text.isWellFormed()) return text;
    this.#mended = true;
    return text.toWellFormed();
  }
}

class Rejection extends Error {
  readonly facts: RowProblem;
  constructor(facts: RowProblem) {
    super(facts.found);
    this.facts = facts;
  }
}

function describeValue(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes that are not UTF-8';
  if (value instanceof Date)
    return `the time ${Number.isNaN(value.getTime()) ? '(none)' : value.toISOString()}`;
  return describeJson(value);
}
