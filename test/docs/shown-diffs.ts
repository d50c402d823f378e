// usage: node shown-diffs.ts <document> <directory> <count>
// Writes the files that a document's diffs are of as they are after the first `count` diffs: a copy of the working tree, where
// all of them have been made, without the lines that the others add. The diffs must be in the working tree word for word.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markdownBlocks } from './markdown-blocks.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Lines that a diff adds to a file, one after the other. */
interface Addition {
  readonly file: string;
  readonly diff: number;
  readonly text: string;
}

function additionsOf(diff: string, index: number): Addition[] {
  const file = /^\+\+\+ (.*)$/m.exec(diff)![1]!;
  const body = diff.slice(diff.indexOf('+++')).split('\n').slice(1).join('\n');
  const groups = body.match(/(?:^\+.*(?:\n|$))+/gm) ?? [];
  return groups.map((group) => ({
    file,
    diff: index,
    text: group
      .trimEnd()
      .split('\n')
      .map((line) => `${line.slice(1)}\n`)
      .join(''),
  }));
}

function main([document, directory, count]: readonly string[]): void {
  const blocks = markdownBlocks(readFileSync(join(root, document!), 'utf8'));
  const diffs = blocks.filter(({ language }) => language === 'diff');
  const additions = diffs.flatMap(({ text }, index) => additionsOf(text, index));
  for (const file of new Set(additions.map((addition) => addition.file))) {
    let text = readFileSync(join(root, file), 'utf8');
    for (const addition of additions.filter((one) => one.file === file)) {
      const parts = `\n${text}`.split(`\n${addition.text}`);
      if (parts.length !== 2)
        throw new Error(`${document} adds to ${file} what it does not hold:\n${addition.text}`);
      if (addition.diff >= Number(count)) text = parts.join('\n').slice(1);
    }
    writeFileSync(join(directory!, file), text);
  }
}

main(process.argv.slice(2));
