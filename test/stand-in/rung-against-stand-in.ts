import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { exampleSetOf } from '../../src/data/example-set.ts';
import { saveCandidateFolder, verifyCandidateFolder } from '../../src/predictor/candidate-folder.ts';
import type { Predictor } from '../../src/predictor/predictor.ts';
import { loadPromptPredictor } from '../../src/predictor/prompt/prompt-predictor.ts';
import type { Rung, RungContext } from '../../src/rung/rung.ts';
import type { CandidateManifest } from '../../src/schema/candidate-manifest.ts';
import { configSchema, type ConfigInput } from '../../src/schema/config.ts';
import type { Example } from '../../src/schema/example.ts';
import { openUpstreams } from '../../src/upstream/open-upstreams.ts';
import type { UpstreamSet } from '../../src/upstream/upstream.ts';
import { sha256 } from '../../src/util/content-hash.ts';
import { seededRandom, shuffle } from '../../src/util/random.ts';

/** Real examples, split: WordNet definitions and where WordNet files them. */
export interface SplitExamples {
  labels: string[];
  train: Example[];
  validation: Example[];
  heldOut: Example[];
  /** Right answers of all of them. */
  gold: Map<string, string>;
}

/** A seeded pick of WordNet's definitions from these classes, split 80/10/10. */
export async function wordnetExamples(count: number, labels: readonly string[]): Promise<SplitExamples> {
  const gold = new Map<string, string>();
  for await (const { input, output } of readWordnetExamples())
    if (labels.includes(output)) gold.set(input, output);
  const picked = shuffle([...gold], seededRandom(7)).slice(0, count);
  const examples = picked.map(([input, output], index): Example => {
    const split = index % 10 === 0 ? 'validation' : index % 10 === 1 ? 'held-out' : 'train';
    const id = sha256(input).slice(0, 16);
    return {
      id,
      input,
      output,
      group: id,
      split,
      time: null,
      weight: 1,
      origin: { file: 'wordnet', line: index + 1 },
    };
  });
  const of = (split: Example['split']): Example[] => examples.filter((example) => example.split === split);
  return {
    labels: labels.toSorted(),
    train: of('train'),
    validation: of('validation'),
    heldOut: of('held-out'),
    gold: new Map(picked),
  };
}

/** A rung's context over real folders and upstreams, and what the rung did with it. */
export interface Bench {
  context: RungContext;
  saved: Map<string, { directory: string; manifest: CandidateManifest }>;
  progress: string[];
  upstreams: UpstreamSet;
  load(name: string): Promise<Predictor>;
}

export async function bench(options: {
  data: SplitExamples;
  upstreams: ConfigInput['upstreams'];
  budget?: { minutes?: number; usd?: number };
  rung?: Rung['name'];
  instruction?: string;
  cacheDir?: string;
  signal?: AbortSignal;
}): Promise<Bench> {
  const { data, budget = {}, rung = 'prompt' } = options;
  const root = await mkdtemp(join(tmpdir(), 'rung-'));
  const { instruction } = options;
  const task = {
    kind: 'classify' as const,
    data: 'unused.jsonl',
    budget,
    ...(instruction === undefined ? {} : { instruction }),
  };
  const config = configSchema.parse({ tasks: { kinds: task }, upstreams: options.upstreams });
  const upstreams = openUpstreams({
    upstreams: config.upstreams,
    cacheDir: options.cacheDir ?? join(root, 'cache'),
    environment: { GOOD_KEY: 'good-key', BAD_KEY: 'bad-key' },
    backoffMs: 5,
  });
  const saved: Bench['saved'] = new Map();
  const progress: string[] = [];
  const load = async (directory: string): Promise<Predictor> =>
    loadPromptPredictor(directory, await verifyCandidateFolder(directory), { upstreams, load });
  const lineage = { dataset: 'd', run: 'r', seed: 1, homegrown: '0', trainedOn: 0 };
  const context: RungContext = {
    task: { name: 'kinds', config: config.tasks['kinds']! },
    labels: data.labels,
    train: exampleSetOf(data.train),
    validation: exampleSetOf(data.validation),
    seed: 1,
    budget: {
      minutes: config.tasks['kinds']!.budget.minutes,
      usd: config.tasks['kinds']!.budget.usd ?? null,
    },
    upstreams,
    built: [],
    load,
    trainingDirectory: join(root, 'training'),
    trainings: 1,
    lineage,
    progress: (message) => progress.push(message),
    signal: options.signal ?? new AbortController().signal,
    async saveCandidate({ trainedOn, ...facts }, write) {
      const directory = join(root, 'candidates', facts.name.replaceAll('/', '.'));
      const made = {
        ...facts,
        rung,
        task: 'kinds',
        labels: [...data.labels],
        lineage: { ...lineage, trainedOn },
      };
      const manifest = await saveCandidateFolder(directory, made, write);
      saved.set(facts.name, { directory, manifest });
      return manifest;
    },
  };
  return { context, saved, progress, upstreams, load: (name) => load(saved.get(name)!.directory) };
}
