import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openProject } from '../../../src/index.ts';
import { seededRandom } from '../../../src/util/random.ts';

const TOPICS: Record<string, readonly string[]> = {
  animal: ['cat', 'dog', 'horse', 'sparrow', 'whale', 'beetle', 'paw', 'fur', 'nest', 'tail'],
  food: ['bread', 'soup', 'apple', 'cheese', 'rice', 'pepper', 'oven', 'plate', 'sweet', 'fried'],
  tool: ['hammer', 'saw', 'drill', 'wrench', 'nail', 'screw', 'handle', 'blade', 'rivet', 'clamp'],
};
const FILLER = ['the', 'a', 'old', 'small', 'of', 'with', 'near', 'and', 'this', 'found'];

/** A text about one of the three topics, and which. */
export function topicText(seed: number): { text: string; label: string } {
  const random = seededRandom(seed);
  const labels = Object.keys(TOPICS);
  const label = labels[random.integer(labels.length)]!;
  const words = Array.from({ length: 8 }, (_, index) => {
    const from = index % 3 === 0 ? TOPICS[label]! : FILLER;
    return from[random.integer(from.length)]!;
  });
  return { text: `${words.join(' ')} ${seed}`, label };
}

/** A project with a live own model for the task `topic`, trained on the spot, and an upstream that is given up soon. */
export async function makeSoakProject(upstreamUrl: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-soak-'));
  await mkdir(join(directory, 'data'));
  const examples = Array.from({ length: 3000 }, (_, index) => topicText(index));
  await writeFile(
    join(directory, 'data/topics.jsonl'),
    examples.map(({ text, label }) => `${JSON.stringify({ input: text, output: label })}\n`).join(''),
  );
  const config = {
    tasks: { topic: { kind: 'classify', data: 'data/topics.jsonl', rungs: ['bag'] } },
    upstreams: {
      main: {
        baseUrl: upstreamUrl,
        model: 'm',
        serving: {
          connectMs: 10_000,
          firstContentMs: 15_000,
          betweenPartsMs: 15_000,
          wholeMs: 60_000,
          retries: 1,
          maxPauseMs: 500,
        },
      },
    },
    defaultUpstream: 'main',
  };
  await writeFile(join(directory, 'homegrown.config.mjs'), `export default ${JSON.stringify(config)};\n`);
  const project = await openProject(directory);
  try {
    await project.climb('topic');
  } finally {
    await project.close();
  }
  return directory;
}
