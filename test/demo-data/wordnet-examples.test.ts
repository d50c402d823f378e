import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeWordnetExamples } from '../../scripts/wordnet-examples.ts';
import type { WordnetExample } from '../../scripts/wordnet-examples.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wordnet-examples-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('the demo data', () => {
  it('holds every noun and verb synset of WordNet 3.1', async () => {
    const path = join(directory, 'wordnet.jsonl');
    expect(await writeWordnetExamples(path)).toEqual({ examples: 95981, classes: 41 });
    const examples = (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as WordnetExample);
    expect(examples[1]).toEqual({
      input: 'an entity that has physical existence',
      output: 'noun.Tops',
      group: 'physical entity',
    });
    expect(examples.find((example) => example.group === 'breathe')).toEqual({
      input: 'draw air into, and expel out of, the lungs',
      output: 'verb.body',
      group: 'breathe',
    });
    expect(new Set(examples.map((example) => example.input)).size).toBe(95231);
    expect(
      examples.filter(({ input, group }) => input === '' || group === '' || input.includes('"')),
    ).toEqual([]);
  });

  it('says what to do when the package is missing', async () => {
    const copy = join(directory, 'without-packages');
    const parts = ['scripts/wordnet-examples.ts', 'src/errors', 'src/util', 'package.json'];
    await Promise.all(parts.map((part) => cp(join(REPOSITORY, part), join(copy, part), { recursive: true })));
    const program = join(copy, 'scripts/wordnet-examples.ts');
    const { status, stderr } = spawnSync(process.execPath, [program, join(directory, 'never.jsonl')], {
      encoding: 'utf8',
    });
    expect(stderr).toContain('Run `npm ci` in the repository');
    expect(status).toBe(1);
  });
});
