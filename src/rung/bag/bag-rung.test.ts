import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleSetOf } from '../../data/example-set.ts';
import { loadBagPredictor } from '../../predictor/bag/bag-predictor.ts';
import type { Predictor } from '../../predictor/predictor.ts';
import type { CandidateManifest } from '../../schema/candidate-manifest.ts';
import { configSchema } from '../../schema/config.ts';
import type { Example } from '../../schema/example.ts';
import { sha256 } from '../../util/content-hash.ts';
import { seededRandom } from '../../util/random.ts';
import type { RungContext } from '../rung.ts';
import { bagRung } from './bag-rung.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'homegrown-bag-rung-'));
});
afterAll(() => rm(root, { recursive: true }));

const { tasks } = configSchema.parse({ tasks: { topic: { kind: 'classify', data: 'x.jsonl' } } });

function exampleOf(input: string, output: string, line: number, group = String(line)): Example {
  const id = sha256(input).slice(0, 16);
  const origin = { file: 'x.jsonl', line };
  return { id, input, output, group, split: 'train', time: null, weight: 1, origin };
}

/** Examples whose words tell the class most of the time. */
function madeUpExamples(count: number, classes: number, seed = 1): Example[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const own = i % classes;
    const words = Array.from({ length: 10 }, () =>
      random.next() < 0.25
        ? `topic${random.next() < 0.8 ? own : random.integer(classes)}`
        : `w${random.integer(300)}`,
    );
    return exampleOf(`${words.join(' ')} ${i}`, `label ${own}`, i + 1);
  });
}

interface Built {
  manifest: CandidateManifest;
  directory: string;
}

/** Runs the rung as a climb does, with folders as the only thing it leaves behind. */
async function build(
  name: string,
  train: readonly Example[],
  validation: readonly Example[] = [],
  signal: AbortSignal = new AbortController().signal,
): Promise<Built[]> {
  const built: Built[] = [];
  const labels = [...new Set([...train, ...validation].map(({ output }) => output))].toSorted();
  const lineage = { dataset: 'd', run: 'r', seed: 1, homegrown: '0', trainedOn: 0 };
  const context: RungContext = {
    task: { name: 'topic', config: tasks['topic']! },
    labels,
    train: exampleSetOf(train),
    validation: exampleSetOf(validation),
    seed: 1,
    budget: { minutes: 1, usd: null },
    upstreams: { names: [], get: () => undefined } as unknown as RungContext['upstreams'],
    built: [],
    load: () => Promise.reject(new Error('not needed')),
    trainingDirectory: join(root, name, 'training'),
    trainings: 1,
    lineage,
    async saveCandidate({ trainedOn, ...candidate }, write) {
      const directory = join(root, name, candidate.name.replace('/', '-'));
      await mkdir(directory, { recursive: true });
      await write(directory);
      const manifest: CandidateManifest = {
        ...candidate,
        format: 1,
        rung: 'bag',
        task: 'topic',
        labels,
        files: {},
        lineage: { ...lineage, trainedOn },
      };
      built.push({ manifest, directory });
      return manifest;
    },
    progress: () => undefined,
    signal,
  };
  await bagRung.build(context);
  return built;
}

function load({ directory, manifest }: Built): Promise<Predictor> {
  return loadBagPredictor(directory, manifest, undefined as never);
}

async function accuracyOf(built: Built, examples: readonly Example[]): Promise<number> {
  const predictor = await load(built);
  const answers = await predictor.predict(examples.map(({ input }) => input));
  return answers.filter(({ label }, i) => label === examples[i]!.output).length / examples.length;
}

async function hashOf(directory: string): Promise<string> {
  const files = (await readdir(directory)).toSorted();
  return sha256((await Promise.all(files.map((file) => readFile(join(directory, file), 'base64')))).join());
}

describe('bagRung', () => {
  it('builds two candidates, says what it found, and gives the same bytes again', async () => {
    const [train, validation] = [madeUpExamples(3000, 6), madeUpExamples(600, 6, 2)];
    const built = await build('large', train, validation);
    expect(built.map(({ manifest }) => manifest.name)).toEqual(['bag', 'bag/words']);
    expect(await readdir(built[0]!.directory)).toEqual(
      expect.arrayContaining(['features.json', 'model.onnx', 'model.safetensors']),
    );
    expect(built[0]!.manifest.notes.join('\n')).toMatch(
      /Tuning: best of \d settings.*accuracy [\d.]+ % on validation \(600 examples\).*\n.*8 bits changed the quality by/,
    );
    const again = await build('large-again', train, validation);
    for (const [i, { directory, manifest }] of built.entries()) {
      expect(await accuracyOf(built[i]!, madeUpExamples(300, 6, 3))).toBeGreaterThan(0.75);
      expect(await hashOf(again[i]!.directory)).toBe(await hashOf(directory));
      expect(again[i]!.manifest).toEqual(manifest);
    }
  });

  it.each([
    ['2 examples', 2, 2],
    ['12 examples', 12, 2],
    ['60 examples of 28 classes', 60, 28],
    ['1,000 examples', 1000, 5],
  ])('takes %s without validation', async (name, count, classes) => {
    const examples = madeUpExamples(count, classes);
    for (const built of await build(name, examples)) {
      expect(built.manifest.lineage.trainedOn).toBe(count);
      expect(await accuracyOf(built, examples)).toBeGreaterThan(0.9);
    }
  });

  it('takes a class with one example, and all examples in one group', async () => {
    const examples = [
      ...madeUpExamples(40, 1).map((example) => ({ ...example, group: 'g' })),
      exampleOf('a thing apart', 'rare', 41, 'g'),
    ];
    const [bag] = await build('one group', examples);
    expect(await accuracyOf(bag!, examples)).toBeGreaterThan(0.9);
  });

  it('tunes on parts of a small training set, and calibrates on validation as well', async () => {
    const [bag] = await build('small with validation', madeUpExamples(500, 4), madeUpExamples(80, 4, 2));
    expect(bag!.manifest.notes.join()).toContain(
      'parts of the training set kept aside in turn (500 examples)',
    );
  });

  it('is not available with one label or without examples', () => {
    const context = { labels: ['a', 'b'], train: exampleSetOf([exampleOf('x', 'a', 1)]) };
    const availabilityOf = (changes: Partial<RungContext>): boolean =>
      bagRung.availability({ ...context, ...changes } as RungContext).available;
    expect(availabilityOf({})).toBe(true);
    expect(availabilityOf({ labels: ['a'] })).toBe(false);
    expect(availabilityOf({ train: exampleSetOf([]) })).toBe(false);
  });

  it('stops when aborted and saves nothing', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 100);
    const building = build('aborted', madeUpExamples(8000, 8), madeUpExamples(800, 8, 2), controller.signal);
    await expect(building).rejects.toThrow('enough');
  });
});

describe('loadBagPredictor', () => {
  let built: Built;
  beforeAll(async () => {
    built = (await build('predictor', madeUpExamples(200, 3)))[0]!;
  });

  it('answers any string with a label and probabilities that sum to 1', async () => {
    const predictor = await load(built);
    const inputs = ['', '\u0000', '\ud800', '👩‍👩‍👧', 'שלום', 'x'.repeat(1_000_000), 'topic1 topic1'];
    const answers = await predictor.predict(inputs);
    for (const { label, probabilities } of answers) {
      expect(predictor.labels).toContain(label);
      expect(probabilities!.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    }
    expect(answers.at(-1)!.label).toBe('label 1');
    await predictor.close();
  });

  it('gives one text the same answer alone and among others', async () => {
    const predictor = await load(built);
    const inputs = ['topic0 w1', 'topic2 w2 w3', 'w4'];
    const together = await predictor.predict(inputs);
    for (const [i, input] of inputs.entries())
      expect(await predictor.predict([input])).toEqual([together[i]]);
  });

  it.each([
    ['features.json', '{"format": 1}', 'model/damaged-features'],
    ['features.json', 'no JSON', 'model/damaged-features'],
    ['model.safetensors', 'short', 'model/damaged-weights'],
  ])('refuses a damaged %s', async (file, content, code) => {
    const original = await readFile(join(built.directory, file));
    await writeFile(join(built.directory, file), content);
    await expect(load(built)).rejects.toMatchObject({ code, where: join(built.directory, file) });
    await writeFile(join(built.directory, file), original);
  });

  it.each([
    ['floor', 0],
    ['floor', 2 ** 40],
    ['shift', 1e9],
    ['shift', -1e9],
    ['gamma', 1e9],
  ])('refuses a calibration with %s %d, which would answer no probabilities', async (name, value) => {
    const path = join(built.directory, 'features.json');
    const original = await readFile(path, 'utf8');
    await writeFile(path, original.replace(new RegExp(`"${name}": [^,\\n]+`), `"${name}": ${value}`));
    await expect(load(built)).rejects.toMatchObject({
      code: 'model/damaged-features',
      where: path,
      found: expect.stringContaining(`calibration.${name}`) as string,
    });
    await writeFile(path, original);
  });

  it('refuses weights that are no numbers', async () => {
    const path = join(built.directory, 'model.safetensors');
    const original = await readFile(path);
    const headerBytes = Number(original.readBigUInt64LE(0));
    const header = JSON.parse(original.toString('utf8', 8, 8 + headerBytes)) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    for (const [name, number] of [
      ['idf', Number.NaN],
      ['bias', Number.NEGATIVE_INFINITY],
      ['scales', 1e30],
    ] as const) {
      const damaged = Buffer.from(original);
      damaged.writeFloatLE(number, 8 + headerBytes + header[name]!.data_offsets[0]);
      await writeFile(path, damaged);
      await expect(load(built)).rejects.toMatchObject({ code: 'model/damaged-weights', where: path });
    }
    await writeFile(path, original);
  });

  it('refuses weights that do not fit the features, and labels that do not fit the manifest', async () => {
    const path = join(built.directory, 'features.json');
    const original = await readFile(path, 'utf8');
    await writeFile(path, original.replace('"label 0",', ''));
    await expect(load(built)).rejects.toMatchObject({ code: 'model/wrong-tensor' });
    await writeFile(path, original);
    const manifest = { ...built.manifest, labels: ['other', 'labels', 'here'] };
    await expect(load({ ...built, manifest })).rejects.toMatchObject({ code: 'model/wrong-labels' });
  });
});
