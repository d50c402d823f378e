// usage: node profile-ours.ts <data directory> <words|words+characters> [workers]
import { join } from 'node:path';
import { WORDS_AND_CHARACTERS, WORDS_ONLY } from '../../src/model/bag/bag-settings.ts';
import { BagTrainer } from '../../src/model/bag/bag-trainer.ts';
import { defaultFit } from '../../src/model/bag/train-bag.ts';
import { readTexts } from './read-texts.ts';

/** Prints where the seconds of one training go: the steps `trainBag` takes, elapsed and processor time of each. */
async function main(): Promise<void> {
  const [directory = '.', features = 'words+characters', workers = '2'] = process.argv.slice(2);
  const train = await readTexts(join(directory, 'train.jsonl'));
  const labels = [...new Set(train.map((text) => text.output))].toSorted();
  const targets = train.map((text) => labels.indexOf(text.output));
  const trainer = new BagTrainer({
    labels,
    ngrams: features === 'words' ? WORDS_ONLY : WORDS_AND_CHARACTERS,
    seed: 1,
    workers: Number(workers),
  });
  await timed('count n-grams', async () => {
    for (const [index, { input }] of train.entries()) {
      await trainer.add({ text: input, target: targets[index]!, weight: 1, train: true });
    }
  });
  await timed('choose rows, weigh', () => trainer.seal());
  await timed('fit', () => trainer.fit(defaultFit(train.length, { wordsOnly: features === 'words' })));
  await timed('take the weights', () => trainer.take('float32'));
  await timed('end the workers', () => trainer.close());
  console.log(`${trainer.rows} rows, peak ${(process.resourceUsage().maxRSS / 1000).toFixed(0)} MB`);
}

async function timed(stage: string, work: () => Promise<unknown>): Promise<void> {
  const processorStart = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(processorStart);
  const elapsed = ((performance.now() - start) / 1000).toFixed(2);
  console.log(`${stage}: ${elapsed} s elapsed, ${((user + system) / 1e6).toFixed(2)} s processor`);
}

await main();
