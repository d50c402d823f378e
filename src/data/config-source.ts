import { HomegrownError } from '../errors/homegrown-error.ts';
import { type ColumnGuess, GUESSED_PARTS } from './column-guess.ts';
import { listColumns } from './column-plan.ts';

/** The text of a config for what was guessed (and perhaps corrected). Throws without an input or output. */
export function configSource(guess: ColumnGuess, { taskName }: { taskName: string }): string {
  const columns = columnsSource(guess);
  const key = /^[a-z][a-z0-9]*$/u.test(taskName) ? taskName : quoteSource(taskName);
  const lines = [
    "import { defineConfig } from 'homegrown';",
    '',
    'export default defineConfig({',
    '  tasks: {',
    `    ${key}: {`,
    "      kind: 'classify',",
    `      data: [${quoteSource(guess.file)}],`,
    ...(columns === null ? [] : [`      columns: ${columns},`]),
    "      metric: 'accuracy',",
    '      tolerance: 0.01,',
    '      budget: { minutes: 10 },',
    '    },',
    '  },',
    '});',
  ];
  return `${lines.join('\n')}\n`;
}

/** The `columns` of the task, or null when all have their default names. */
function columnsSource(guess: ColumnGuess): string | null {
  const entries: string[] = [];
  for (const part of GUESSED_PARTS) {
    const chosen = guess.columns[part];
    if (chosen === null && (part === 'input' || part === 'output')) throw notGuessed(part, guess);
    if (chosen !== null && chosen.column !== part) entries.push(`${part}: ${quoteSource(chosen.column)}`);
    if (chosen === null && guess.available.includes(part)) entries.push(`${part}: null`);
  }
  return entries.length === 0 ? null : `{ ${entries.join(', ')} }`;
}

function quoteSource(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

function notGuessed(part: 'input' | 'output', { file, available }: ColumnGuess): HomegrownError {
  return new HomegrownError({
    code: 'data/column-not-guessed',
    kind: 'usage',
    message: `no column looks like the ${part}`,
    where: file,
    expected:
      part === 'input'
        ? 'a column of text that differs from row to row'
        : 'a column of a few values that repeat',
    found: listColumns(available),
    hint: `Name it yourself: --${part} <column>`,
  });
}
