import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HomegrownError } from '../../src/errors/homegrown-error.ts';
import { loadPredictor } from '../../src/project/load-predictor.ts';
import { openProject } from '../../src/project/project.ts';
import { openUpstreams } from '../../src/upstream/open-upstreams.ts';
import { seededRandom } from '../../src/util/random.ts';
import { buildEncoder, orderedExamples } from '../support/build-encoder.ts';
import { damageModelFolder } from './model-folder.ts';

const COUNT = Number(process.env['HOMEGROWN_FUZZ_FOLDERS'] ?? 600);
const FIRST_SEED = Number(process.env['HOMEGROWN_FUZZ_SEED'] ?? 1);
const CANDIDATES = ['bag', 'bag.words', 'encoder', 'blend'];
const HARD_TEXTS = ['', '\ud800', '\0', '💥', 'مرحبا', 'x'.repeat(1_000_000), 'the tea was lovely'];

let directory: string;
let run: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'model-folder-'));
  const rows = Array.from({ length: 60 }, (_, i) => ({
    input: `${i % 2 === 0 ? 'lovely' : 'dreadful'} thing ${i}`,
    output: i % 2 === 0 ? 'good' : 'bad',
  }));
  await writeFile(join(directory, 'data.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const project = await openProject(directory, {
    config: { tasks: { mood: { kind: 'classify', data: 'data.jsonl' } } },
  });
  const { report } = await project.climb();
  await project.close();
  run = join(directory, '.homegrown', 'runs', report.run, 'scopes', 'final', 'candidates');
  const examples = { train: orderedExamples(300), validation: orderedExamples(240, 2) };
  const encoder = await buildEncoder(directory, examples, { budget: { minutes: 0.02, usd: null } });
  await cp(encoder.directory, join(run, 'encoder'), { recursive: true });
}, 60_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

test(
  `${COUNT} damaged model folders are refused with a reason, or still answer`,
  { timeout: 300_000 },
  async () => {
    const upstreams = openUpstreams({ upstreams: {}, cacheDir: join(directory, 'calls') });
    const codes = new Map<string, number>();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT; seed++) {
      const random = seededRandom(seed);
      const folder = join(directory, 'damaged');
      await cp(join(run, CANDIDATES[random.integer(CANDIDATES.length)]!), folder, { recursive: true });
      const damage = await damageModelFolder(folder, random);
      const code = await outcomeOf(folder, upstreams).catch((cause: unknown) => {
        throw new Error(`seed ${seed}: ${JSON.stringify(damage)}`, { cause });
      });
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (!damage.rehashed && code === 'answers')
        expect(damage.what, `seed ${seed}, ${damage.file}`).toMatch(/bytes became/);
      await rm(folder, { recursive: true });
    }
    expect(codes.get('model/changed-file')).toBeGreaterThan(0);
    expect(codes.get('model/missing-file')).toBeGreaterThan(0);
    expect(codes.get('model/foreign-file')).toBeGreaterThan(0);
    expect(codes.size).toBeGreaterThan(5);
  },
);

async function outcomeOf(folder: string, upstreams: ReturnType<typeof openUpstreams>): Promise<string> {
  try {
    const predictor = await loadPredictor(folder, { upstreams });
    const answers = await predictor.predict(HARD_TEXTS);
    await predictor.close();
    for (const { label, probabilities } of answers) {
      if (label === null || !predictor.labels.includes(label)) throw new Error(`answered ${label}`);
      if (probabilities === null || probabilities.some((p) => !(p >= 0 && p <= 1.0001)))
        throw new Error(`probabilities ${String(probabilities)}`);
    }
    return 'answers';
  } catch (error) {
    if (error instanceof HomegrownError) return error.code;
    throw error;
  }
}
