import { HomegrownError } from '../errors/homegrown-error.ts';
import type { CurationFinding } from '../schema/dataset-manifest.ts';
import { countOf, formatCount, quoteForDisplay } from './quote-for-display.ts';
import type { RowProblem } from './source-row.ts';

/** So many bad lines are shown; all are counted. */
const SHOWN = 20;
const SAMPLES = 10;

interface BadLine {
  where: string;
  problem: RowProblem;
}

/** Collects the lines that cannot be used, to fail with all of them at once or to report them. */
export class BadLines {
  count = 0;
  readonly #shown: BadLine[] = [];

  add(file: string, line: number, problem: RowProblem): void {
    this.count += 1;
    if (this.#shown.length < SHOWN) this.#shown.push({ where: `${file}:${line}`, problem });
  }

  /** One error that lists them. `rowsRead` counts good and bad. */
  toError(rowsRead: number, stoppedEarly: boolean): HomegrownError {
    const [first] = this.#shown;
    const hint = this.#hint();
    if (this.count === 1 && first !== undefined) {
      const { expected, found } = first.problem;
      return new HomegrownError({
        code: 'data/bad-lines',
        message: 'this line cannot be used',
        where: first.where,
        expected,
        found,
        hint,
      });
    }
    const scope = stoppedEarly
      ? `none of the first ${formatCount(rowsRead)} lines can be used`
      : `${formatCount(this.count)} of ${countOf(rowsRead, 'line')} cannot be used`;
    const listed = this.#shown.map((line) => `  ${describe(line)}`);
    const more =
      this.count > this.#shown.length ? [`  … and ${formatCount(this.count - this.#shown.length)} more`] : [];
    return new HomegrownError({
      code: 'data/bad-lines',
      message: [`${scope}:`, ...listed, ...more].join('\n'),
      hint,
    });
  }

  #hint(): string {
    const hints = new Set(
      this.#shown.map(({ problem }) => problem.hint).filter((hint) => hint !== undefined),
    );
    const [only] = hints;
    const skip =
      'Correct the lines, or leave them out with --skip-bad (they are counted in the data report).';
    return hints.size === 1 ? `${only}. ${skip}`.replace(/([.:…])\. /u, '$1 ') : skip;
  }

  toFinding(rowsRead: number): CurationFinding {
    const message =
      this.count === 0
        ? `All ${countOf(rowsRead, 'line')} could be read.`
        : `${countOf(this.count, 'line')} could not be used and ${this.count === 1 ? 'was' : 'were'} left out, as --skip-bad asks.`;
    return {
      check: 'bad-lines',
      count: this.count,
      removed: this.count,
      severity: this.count === 0 ? 'ok' : 'warning',
      message,
      samples: this.#shown.slice(0, SAMPLES).map(describe),
    };
  }
}

function describe({ where, problem }: BadLine): string {
  return `${where}: expected ${problem.expected}, found ${problem.found}`;
}

/** How a label is written in messages. */
export function quoteLabel(label: string): string {
  return quoteForDisplay(label, 50);
}
