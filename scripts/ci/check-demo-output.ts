import { readFile } from 'node:fs/promises';
import { markdownBlocks } from '../../test/docs/markdown-blocks.ts';
import { comparableOutput, outputPattern } from '../../test/docs/output-pattern.ts';

/** Checks that the README shows what the demo printed: `node scripts/ci/check-demo-output.ts <file with its standard output>`. */
const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const shown = markdownBlocks(readme).find(({ text }) => text.startsWith('$ homegrown climb'));
if (shown === undefined) throw new Error('the README shows no output of the demo');
const printed = comparableOutput(await readFile(process.argv[2]!, 'utf8'));
if (outputPattern(`…\n${shown.text.trimEnd()}\n…`).test(printed)) {
  process.stdout.write('the README shows what the demo printed\n');
} else {
  process.stderr.write('the README shows another output than the demo printed\n');
  process.exitCode = 1;
}
