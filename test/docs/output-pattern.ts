/**
 * A pattern for output as a document shows it: `…` stands for any characters of a line, and a line with nothing else for
 * any number of lines. Spaces at the ends of lines do not count.
 */
export function outputPattern(shown: string): RegExp {
  const lines = trimmed(shown).split('\n');
  const body = lines
    .map((line) => (line.trim() === '…' ? String.raw`(?:.*\n)*?` : `${linePattern(line)}\n`))
    .join('');
  return new RegExp(`^${body}$`);
}

/** Output in the form that an `outputPattern` is matched against. */
export function comparableOutput(output: string): string {
  return `${trimmed(output)}\n`;
}

const linePattern = (line: string): string =>
  line
    .split('…')
    .map((part) => RegExp.escape(part))
    .join('.*');

const trimmed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n+$/, '');
