/** A fenced block of a document, or a hidden `<!-- run … -->` comment. */
export interface Block {
  /** Line of the opening fence, from 1. */
  line: number;
  /** `ts`, `sh`, `text`, … */
  language: string;
  text: string;
  /** From `file=name` after the language: the block is the content of that file. */
  file: string | null;
  /** `background` after the language: the command goes on until the end of the document. */
  background: boolean;
  /** From `<!-- not run: reason -->` on the line before. */
  notRun: string | null;
}

/** The fenced blocks of a Markdown text, in order. Throws when a fence is not closed. */
export function markdownBlocks(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let notRun: string | null = null;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    const isHidden = line === '<!-- run';
    if (isHidden || line.startsWith('```')) {
      const end = lines.indexOf(isHidden ? '-->' : '```', index + 1);
      if (end < 0) throw new Error(`line ${index + 1}: the block does not end`);
      const information = isHidden ? 'sh' : line.slice(3);
      blocks.push({
        line: index + 1,
        ...parseInformation(information),
        text: lines.slice(index + 1, end).join('\n'),
        notRun,
      });
      index = end;
    }
    notRun = /^<!-- not run: (.+) -->$/.exec(line)?.[1] ?? (line.trim() === '' ? notRun : null);
  }
  return blocks;
}

function parseInformation(information: string): Pick<Block, 'language' | 'file' | 'background'> {
  const [language = '', ...words] = information.trim().split(/\s+/);
  const file = words.find((word) => word.startsWith('file='))?.slice('file='.length) ?? null;
  return { language, file, background: words.includes('background') };
}
