import { join } from 'node:path';
import { exampleSetOf } from '../../src/data/example-set.ts';
import { openOrtTrainer } from '../../src/engine/runtime/ort/ort-trainer.ts';
import { ortVersion } from '../../src/engine/runtime/ort/ort-version.ts';
import { saveCandidateFolder } from '../../src/predictor/candidate-folder.ts';
import { encoderRung } from '../../src/rung/encoder/encoder-rung.ts';
import type { Rung, RungContext } from '../../src/rung/rung.ts';
import type { CandidateManifest } from '../../src/schema/candidate-manifest.ts';
import { configSchema } from '../../src/schema/config.ts';
import type { Example } from '../../src/schema/example.ts';
import { sha256 } from '../../src/util/content-hash.ts';
import { seededRandom } from '../../src/util/random.ts';

/** The rung with the engine it has in a project. */
export const ENCODER_RUNG: Rung = encoderRung({
  version: ortVersion()!,
  open: (setup) => openOrtTrainer(setup),
});

/** An encoder that was built in a folder of its own. */
export interface BuiltEncoder {
  readonly manifest: CandidateManifest;
  readonly directory: string;
}

export interface EncoderExamples {
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
}

/** Builds an encoder as a climb does; `root/training` holds its run, `root/encoder` the candidate. */
export async function buildEncoder(
  root: string,
  { train, validation }: EncoderExamples,
  changes: Partial<RungContext> = {},
): Promise<BuiltEncoder> {
  const directory = join(root, 'encoder');
  let manifest: CandidateManifest | undefined;
  const labels = [...new Set([...train, ...validation].map(({ output }) => output))].toSorted();
  const { tasks } = configSchema.parse({ tasks: { topic: { kind: 'classify', data: 'x.jsonl' } } });
  const lineage = { dataset: 'd', run: 'r', seed: 1, homegrown: '0', trainedOn: 0 };
  await ENCODER_RUNG.build({
    task: { name: 'topic', config: tasks['topic']! },
    labels,
    train: exampleSetOf(train),
    validation: exampleSetOf(validation),
    seed: 1,
    budget: { minutes: 5, usd: null },
    upstreams: { names: [], get: () => undefined } as unknown as RungContext['upstreams'],
    built: [],
    load: () => Promise.reject(new Error('not needed')),
    trainingDirectory: join(root, 'training'),
    trainings: 1,
    lineage,
    async saveCandidate({ trainedOn, ...facts }, write) {
      manifest = await saveCandidateFolder(
        directory,
        { ...facts, rung: 'encoder', task: 'topic', labels, lineage: { ...lineage, trainedOn } },
        write,
        { durable: false },
      );
      return manifest;
    },
    progress: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  });
  return { manifest: manifest!, directory };
}

/** Texts whose class is told by the order of two words: no bag of words can tell it. */
export function orderedExamples(count: number, seed = 1): Example[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const words = Array.from({ length: 3 + random.integer(6) }, () => `w${random.integer(40)}`);
    const isFirst = index % 2 === 0;
    const [first, second] = isFirst ? ['cause', 'effect'] : ['effect', 'cause'];
    const at = random.integer(words.length);
    words.splice(at, 0, first!);
    words.splice(at + 1 + random.integer(words.length - at), 0, second!);
    return labelledExample(words.join(' '), isFirst ? 'forward' : 'backward', index + 1);
  });
}

/** An example that stands in a line of its own. */
export function labelledExample(input: string, output: string, line: number): Example {
  const id = sha256(`${line} ${input}`).slice(0, 16);
  const origin = { file: 'x.jsonl', line };
  return { id, input, output, group: String(line), split: 'train', time: null, weight: 1, origin };
}
