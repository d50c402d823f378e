import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${repository}docs/adding-an-operator.md`, 'utf8');
const changes = [...page.matchAll(/```diff\n\+\+\+ (.+)\n([\s\S]*?)```/g)].map(([, file, body]) => ({
  file: file!,
  lines: body!.trimEnd().split('\n'),
}));

test('the page shows seven changes', () => {
  expect(changes.map(({ file }) => file)).toHaveLength(7);
});

test.each(changes)('what it shows of $file stands there, in one piece', ({ file, lines }) => {
  const shown = lines.map((line) => line.slice(1)).join('\n');
  expect(readFileSync(repository + file, 'utf8')).toContain(shown);
});
