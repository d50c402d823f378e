import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DocumentProject, exampleName } from './document-project.ts';
import { type Block, markdownBlocks } from './markdown-blocks.ts';
import { comparableOutput, outputPattern } from './output-pattern.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const BLOCK_TIMEOUT_MS = 300_000;

const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md') && existsSync(join(root, path)))
  .map((path) => ({ path, blocks: markdownBlocks(readFileSync(join(root, path), 'utf8')) }));

const isRunnable = ({ language }: Block): boolean => language === 'ts' || language === 'sh';

describe.each(documents.filter(({ blocks }) => blocks.some(isRunnable)))('$path', ({ blocks }) => {
  let project: DocumentProject;
  beforeAll(() => {
    project = new DocumentProject();
  });
  afterAll(() => project.close());

  const active = blocks.filter(({ notRun }) => notRun === null);
  const typescript = active.filter(({ language }) => language === 'ts');

  test.runIf(typescript.length > 0)('its TypeScript has no type errors', async () => {
    for (const block of typescript) project.write(exampleName(block), block.text);
    expect(await project.typeErrors(typescript.map(exampleName))).toBe('');
  });

  for (const [index, block] of active.entries()) {
    if (block.file !== null) {
      test(`line ${block.line}: writes ${block.file}`, () => project.write(block.file!, `${block.text}\n`));
    } else if (isRunnable(block)) {
      const shown = shownOutput(active[index + 1]);
      test(
        `line ${block.line}: ${block.language} runs`,
        () => runAndCompare(project, block, shown),
        BLOCK_TIMEOUT_MS,
      );
    }
  }
});

/** The output that a document shows for the block before it. */
function shownOutput(next: Block | undefined): string | null {
  return next?.language === 'text' && next.file === null ? next.text : null;
}

async function runAndCompare(project: DocumentProject, block: Block, shown: string | null): Promise<void> {
  const { exitCode, stdout, stderr } = await project.run(block);
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
  if (shown === null || outputPattern(shown).test(comparableOutput(stdout))) return;
  expect(comparableOutput(stdout)).toBe(comparableOutput(shown));
}

test('examples that are not run, and why', () => {
  const notRun = documents.flatMap(({ path, blocks }) =>
    blocks.filter((block) => block.notRun !== null).map((block) => `${path}: ${block.notRun}`),
  );
  expect(notRun).toMatchInlineSnapshot(`
    [
      "docs/observability.md: the packages are there already",
      "docs/replicas.md: there is no container engine here; \`test/container/check-containerfile.ts\` does the same steps in an empty folder",
    ]
  `);
});
