const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** East Asian wide and full-width blocks, and emoji, which terminals draw in two columns (Unicode TR 11). */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|.\ufe0f)/u;
const MARK = /^[\p{Mark}\p{Format}]+$/u;

/** Columns that a terminal needs for this text. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of SEGMENTER.segment(text))
    width += MARK.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1;
  return width;
}

/** How a column of a text table is laid out. */
export interface Column {
  heading: string;
  align: 'left' | 'right';
}

/** A text table with two blanks between columns, each as wide as its widest cell. */
export function layOutTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((cells) => displayWidth(cells[index] ?? ''))),
  );
  return lines.map((cells) =>
    columns
      .map(({ align }, index) => pad(cells[index] ?? '', widths[index]!, align))
      .join('  ')
      .trimEnd(),
  );
}

/** Breaks text at blanks into lines of at most `columns`, the later ones indented. */
export function wrapText(text: string, columns: number, indent: string = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text
    .split(/ (?!%)/)
    .flatMap((part) => breakWord(part, columns - displayWidth(indent)))) {
    if (line.trim() !== '' && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line === '' ? word : `${line}${line === indent ? '' : ' '}${word}`;
    }
  }
  return [...lines, line];
}

/** `heading` followed by `text`, wrapped so that later lines stand under the text's first. */
export function layOutEntry(heading: string, text: string, columns: number): string[] {
  const indent = ' '.repeat(displayWidth(heading));
  return wrapText(text, columns - indent.length).map(
    (line, index) => (index === 0 ? heading : indent) + line,
  );
}

function pad(text: string, width: number, align: Column['align']): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}

function breakWord(word: string, columns: number): string[] {
  if (displayWidth(word) <= columns) return [word];
  const parts = [''];
  for (const { segment } of SEGMENTER.segment(word)) {
    if (displayWidth(`${parts.at(-1)}${segment}`) > columns) parts.push('');
    parts[parts.length - 1] += segment;
  }
  return parts;
}
