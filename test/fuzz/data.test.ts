import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildDataset } from '../../src/data/build-dataset.ts';
import { guessColumns } from '../../src/data/guess-columns.ts';
import { HomegrownError } from '../../src/errors/homegrown-error.ts';
import { taskConfigSchema } from '../../src/schema/config.ts';
import { seededRandom } from '../../src/util/random.ts';
import { fuzzedDataFile } from './data.ts';

const FILES = Number(process.env['HOMEGROWN_FUZZ_FILES'] ?? 2_000);
const FIRST_SEED = Number(process.env['HOMEGROWN_FUZZ_SEED'] ?? 1);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homegrown-fuzz-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function outcomeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'fine';
  } catch (error) {
    if (error instanceof HomegrownError) return error.code;
    throw error;
  }
}

test(`${FILES} generated files end in a version or a clear error`, { timeout: 300_000 }, async () => {
  const outcomes = new Map<string, number>();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + FILES; seed++) {
    const { name, bytes } = fuzzedDataFile(seededRandom(seed));
    const path = join(directory, name);
    await writeFile(path, bytes);
    const config = taskConfigSchema.parse({ kind: 'classify', data: name });
    const options = {
      task: { name: 'fuzz', config },
      projectDir: directory,
      datasetsDir: join(directory, 'datasets'),
      calls: null,
    };
    const skipBad = seed % 2 === 0;
    const outcome = await outcomeOf(() => buildDataset({ ...options, skipBad })).catch((error: unknown) => {
      throw new Error(`seed ${seed}, build`, { cause: error });
    });
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const guess = await outcomeOf(() => guessColumns(path)).catch((error: unknown) => {
      throw new Error(`seed ${seed}, guess`, { cause: error });
    });
    expect(guess).toMatch(/^(fine|data\/)/u);
  }
  expect([...outcomes.keys()].filter((code) => code !== 'fine' && !code.startsWith('data/'))).toEqual([]);
  expect(outcomes.get('fine')).toBeGreaterThan(FILES / 10);
  expect(outcomes.size).toBeGreaterThan(4);
  const left = await readdir(join(directory, 'datasets'));
  expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  if (process.env['HOMEGROWN_FUZZ_SHOW'] !== undefined) console.log(outcomes);
});
