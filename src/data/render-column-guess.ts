import { type ColumnGuess, GUESSED_PARTS } from './column-guess.ts';
import { quoteLabel } from './bad-lines.ts';
import { countOf, formatCount, quoteForDisplay } from './quote-for-display.ts';
import { wrapText } from './wrap-text.ts';

const WIDTH = 96;

/** What was understood of a data file, for a terminal. */
export function renderColumnGuess(guess: ColumnGuess): string {
  const names = { jsonl: 'JSON lines', csv: 'CSV', parquet: 'Parquet' } as const;
  const rows = `${guess.rowsExact ? '' : 'at least '}${countOf(guess.rows, 'row')}`;
  const sections = [
    `${guess.file}: ${names[guess.format]}, ${rows}, ${countOf(guess.available.length, 'column')}`,
    columnLines(guess).join('\n'),
    outputLines(guess).join('\n'),
    sampleLines(guess).join('\n'),
    problemLines(guess).join('\n'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function columnLines({ columns, available }: ColumnGuess): string[] {
  const used = new Set<string>();
  const lines = GUESSED_PARTS.flatMap((part) => {
    const chosen = columns[part];
    if (chosen === null) return part === 'input' || part === 'output' ? [`  ${part.padEnd(8)}not found`] : [];
    used.add(chosen.column);
    return indented(`  ${part.padEnd(8)}`, `${quoteForDisplay(chosen.column, 40)}: ${chosen.reason}`);
  });
  const unused = available.filter((name) => !used.has(name));
  if (unused.length === 0) return lines;
  const shown = unused.slice(0, 12).map((name) => quoteForDisplay(name, 40));
  return [...lines, ...indented('  unused  ', `${shown.join(', ')}${unused.length > 12 ? ', …' : ''}`)];
}

function outputLines({ outputs, rows, rowsExact, rowsLookedAt }: ColumnGuess): string[] {
  if (outputs.distinct === 0) return [];
  const list = outputs.commonest.map(({ label, count }) => `${quoteLabel(label)} ${formatCount(count)}`);
  const more = outputs.distinct > outputs.commonest.length ? ', …' : '';
  const whole = rowsExact && rows === rowsLookedAt;
  const scope = whole ? '' : ` in the first ${countOf(rowsLookedAt, 'row')}`;
  return indented('  ', `${countOf(outputs.distinct, 'output')}${scope}: ${list.join(', ')}${more}`);
}

function sampleLines({ samples }: ColumnGuess): string[] {
  return samples.flatMap(({ input, output }) =>
    indented('  ', `${quoteForDisplay(input, 70)} → ${quoteLabel(output)}`),
  );
}

function problemLines({ problems }: ColumnGuess): string[] {
  return problems.flatMap((problem) => indented('  ! ', problem));
}

function indented(first: string, text: string): string[] {
  return wrapText(text, WIDTH - first.length).map((line, index) =>
    index === 0 ? `${first}${line}` : `${' '.repeat(first.length)}${line}`,
  );
}
