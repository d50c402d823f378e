import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { goldens } from './goldens/read-goldens.ts';
import { scoredFrom } from './goldens/scored-fixture.ts';
import { readScoredPredictions, writeScoredPredictions } from './scored-predictions-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homegrown-scored-'));
});
afterEach(() => rm(directory, { recursive: true }));

const scored = scoredFrom(goldens.classification[1]!);

describe('stored predictions', () => {
  it.each([
    ['with probabilities', scored],
    ['without', { ...scored, probabilities: null }],
    ['with unusual labels', { ...scored, labels: ['', 'é', '😀', '"', '\n', '{', 'z'] }],
    ['of no rows', scoredFrom({ labels: 2, expected: [], predicted: [] })],
  ])('come back as they were, %s', async (_, original) => {
    const path = join(directory, 'scored');
    await writeScoredPredictions(path, original);
    expect(await readScoredPredictions(path)).toEqual(original);
  });

  it('are the same bytes each time', async () => {
    const paths = [join(directory, 'one'), join(directory, 'two')];
    await Promise.all(paths.map((path) => writeScoredPredictions(path, scored)));
    const [one, two] = await Promise.all(paths.map((path) => readFile(path)));
    expect(one!.equals(two!)).toBe(true);
  });

  it('are not read when any byte has changed or the end is missing', async () => {
    const path = join(directory, 'scored');
    await writeScoredPredictions(path, scored);
    const bytes = await readFile(path);
    const step = Math.floor(bytes.length / 40);
    for (let position = 0; position < bytes.length; position += step) {
      const flipped = Buffer.from(bytes);
      flipped[position]! ^= 1;
      await writeFile(path, flipped);
      await expect(readScoredPredictions(path)).rejects.toMatchObject({
        code: 'evaluate/bad-predictions-file',
      });
      await writeFile(path, bytes.subarray(0, position));
      await expect(readScoredPredictions(path)).rejects.toMatchObject({
        code: 'evaluate/bad-predictions-file',
      });
    }
  });

  it('say what to do when they are missing', async () => {
    await expect(readScoredPredictions(join(directory, 'none'))).rejects.toMatchObject({
      code: 'evaluate/bad-predictions-file',
      hint: 'Delete the file and run the same command again; the predictions are made anew.',
    });
  });
});
