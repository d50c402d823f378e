import { afterEach, beforeEach, expect, test } from 'vitest';
import { DocumentProject, exampleName } from './document-project.ts';
import { type Block, markdownBlocks } from './markdown-blocks.ts';

let project: DocumentProject;
beforeEach(() => {
  project = new DocumentProject();
});
afterEach(() => project.close());

function only(markdown: string): Block {
  const [block] = markdownBlocks(markdown);
  return block!;
}

test('blocks know their line, language, file and why they are not run', () => {
  const markdown = [
    '<!-- run',
    'touch setup',
    '-->',
    '',
    '<!-- not run: needs a key -->',
    '```sh background',
    'homegrown serve',
    '```',
    '```ts file=homegrown.config.ts',
    'export default {};',
    '```',
  ].join('\n');
  expect(markdownBlocks(markdown)).toEqual([
    { line: 1, language: 'sh', text: 'touch setup', file: null, background: false, notRun: null },
    { line: 6, language: 'sh', text: 'homegrown serve', file: null, background: true, notRun: 'needs a key' },
    {
      line: 9,
      language: 'ts',
      text: 'export default {};',
      file: 'homegrown.config.ts',
      background: false,
      notRun: null,
    },
  ]);
});

test('TypeScript is checked and run against the working tree', async () => {
  const block = only(
    "```ts\nimport { HomegrownError } from 'homegrown';\nconsole.log(HomegrownError.name);\n```",
  );
  project.write(exampleName(block), block.text);
  expect(await project.typeErrors([exampleName(block)])).toBe('');
  expect(await project.run(block)).toEqual({ exitCode: 0, stdout: 'HomegrownError\n', stderr: '' });
});

test('a type error is found', async () => {
  const block = only("```ts\nimport { nothing } from 'homegrown';\nconsole.log(nothing);\n```");
  project.write(exampleName(block), block.text);
  expect(await project.typeErrors([exampleName(block)])).toContain("has no exported member 'nothing'");
});

test('commands run in the project with the command line of the working tree', async () => {
  const { exitCode, stdout } = await project.run(only('```sh\nnpx homegrown --version\n```'));
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test('a failing command fails its block', async () => {
  const { exitCode, stderr } = await project.run(only('```sh\nhomegrown climb\necho not reached\n```'));
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: expect.stringContaining('homegrown.config.ts'),
  });
});

test('a background command goes on until the project is closed', async () => {
  const server = only('```sh background\nnode -e "console.log(\'up\'); setInterval(() => {}, 1000)"\n```');
  expect(await project.run(server)).toEqual({ exitCode: 0, stdout: 'up\n', stderr: '' });
});
