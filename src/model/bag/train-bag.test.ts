import { describe, expect, it } from 'vitest';
import { sha256 } from '../../util/content-hash.ts';
import { seededRandom } from '../../util/random.ts';
import { BagScorer, type BagModel } from './bag-model.ts';
import { classSlices, BagTrainer, defaultRowLimits } from './bag-trainer.ts';
import { WORDS_AND_CHARACTERS } from './bag-settings.ts';
import { trainBag, type LabelledTexts } from './train-bag.ts';

const NGRAMS = { ...WORDS_AND_CHARACTERS, wordBits: 12, characterBits: 12 };

/** Texts of pseudo-words, a few of which belong to the class. */
function madeUpTexts(texts: number, classes: number, wordsEach = 12): LabelledTexts {
  const random = seededRandom(3);
  const word = (): string => `w${random.integer(400).toString(36)}`;
  const targets = Array.from({ length: texts }, () => random.integer(classes));
  return {
    labels: Array.from({ length: classes }, (_, i) => `c${i}`),
    texts: targets.map((target) =>
      Array.from({ length: wordsEach }, () => (random.next() < 0.3 ? `t${target}` : word())).join(' '),
    ),
    targets,
  };
}

function fingerprint({ weights, bias, idf, rowOf }: BagModel): string {
  const bytes = [weights.data, bias, idf, rowOf].map((part) => {
    return sha256(new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice());
  });
  return sha256(bytes.join());
}

function predicted(model: BagModel, text: string): number {
  const scores = new Float32Array(model.labels.length);
  new BagScorer(model).score(text, scores);
  return scores.indexOf(Math.max(...scores));
}

describe('trainBag', () => {
  it('gives the same bits with one, two and three workers, in this process and in threads', async () => {
    const data = madeUpTexts(8000, 11);
    const models = await Promise.all(
      [1, 2, 3].map((workers) => trainBag(data, { workers, ngrams: NGRAMS, epochs: 2 })),
    );
    expect(new Set(models.map(fingerprint)).size).toBe(1);
  });

  it('gives other bits with another seed', async () => {
    const data = madeUpTexts(100, 3);
    const [one, two] = await Promise.all([1, 2].map((seed) => trainBag(data, { seed, ngrams: NGRAMS })));
    expect(fingerprint(one!)).not.toBe(fingerprint(two!));
  });

  it('learns', async () => {
    const data = madeUpTexts(600, 5);
    const model = await trainBag(
      { ...data, texts: data.texts.slice(0, 500), targets: Array.from(data.targets).slice(0, 500) },
      { ngrams: NGRAMS },
    );
    const right = data.texts.slice(500).filter((text, i) => predicted(model, text) === data.targets[500 + i]);
    expect(right.length).toBeGreaterThan(85);
  });

  it('takes 2 classes, a class with one example and a class with none', async () => {
    const model = await trainBag(
      {
        labels: ['none', 'one', 'rest'],
        texts: ['red', 'blue sky', 'blue sea', 'blue'],
        targets: [1, 2, 2, 2],
      },
      { ngrams: NGRAMS },
    );
    expect([predicted(model, 'red'), predicted(model, 'blue')]).toEqual([1, 2]);
    const two = await trainBag(
      { labels: ['a', 'b'], texts: ['x y', 'z'], targets: [0, 1] },
      { ngrams: NGRAMS },
    );
    expect([predicted(two, 'y x'), predicted(two, 'z')]).toEqual([0, 1]);
  });

  it('answers a text without features with the bias', async () => {
    const model = await trainBag(madeUpTexts(50, 3), { ngrams: NGRAMS });
    const scores = new Float32Array(3);
    new BagScorer(model).score(' \u0000 ', scores);
    expect(scores).toEqual(new Float32Array(model.bias));
  });

  it('follows weights: a heavy example outvotes light ones', async () => {
    const texts = Array.from({ length: 20 }, () => 'same words');
    const targets = texts.map((_, i) => (i === 0 ? 1 : 0));
    const weights = texts.map((_, i) => (i === 0 ? 200 : 1));
    const labels = ['light', 'heavy'];
    expect(predicted(await trainBag({ labels, texts, targets }, { ngrams: NGRAMS }), 'same words')).toBe(0);
    expect(
      predicted(await trainBag({ labels, texts, targets, weights }, { ngrams: NGRAMS }), 'same words'),
    ).toBe(1);
  });

  it('survives hostile texts', async () => {
    const texts = ['', '\u0000', '\ud800', 'x'.repeat(300_000), '👩‍👩‍👧', 'שלום', 'plain'];
    const model = await trainBag(
      { labels: ['a', 'b'], texts, targets: texts.map((_, i) => i % 2) },
      { ngrams: NGRAMS },
    );
    expect([...model.bias].every(Number.isFinite)).toBe(true);
    for (const text of texts) expect([0, 1]).toContain(predicted(model, text));
  });

  it.each([
    ['in this process', 1, 2000],
    ['in threads', 2, 20_000],
  ])('stops when aborted, %s', async (_name, workers, texts) => {
    const controller = new AbortController();
    const training = trainBag(madeUpTexts(texts, 8), {
      workers,
      epochs: 10_000,
      ngrams: NGRAMS,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error('enough')), 300);
    await expect(training).rejects.toThrow('enough');
  });

  it('leaves the event loop free', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    const start = performance.now();
    await trainBag(madeUpTexts(2000, 8), { workers: 1, epochs: 100, ngrams: NGRAMS });
    clearInterval(timer);
    expect(turns).toBeGreaterThan((performance.now() - start) / 200);
  });
});

describe('BagTrainer', () => {
  it('gives the scores that the model gives, as trained and rounded to 8 bits', async () => {
    const { labels, texts, targets } = madeUpTexts(300, 6);
    const trainer = new BagTrainer({ labels, ngrams: NGRAMS, seed: 1 });
    for (const [i, text] of texts.entries()) {
      await trainer.add({ text, target: targets[i]!, weight: 1, train: i < 200 });
    }
    await trainer.seal();
    await trainer.fit({ epochs: 5, rate: 0.2, characterWeight: 0.6, seed: 1 });
    for (const kind of ['float32', 'int8'] as const) {
      const model = await trainer.take(kind);
      const scores = await trainer.score(trainer.otherTexts);
      const scorer = new BagScorer(model);
      const own = new Float32Array(labels.length);
      for (let i = 0; i < 100; i++) {
        scorer.score(texts[200 + i]!, own);
        for (const [column, score] of own.entries()) expect(score).toBeCloseTo(scores[i * 6 + column]!, 4);
      }
    }
    await trainer.close();
  });

  it('keeps a seeded uniform part of what does not fit, the same whatever the number of workers', async () => {
    const { labels, texts, targets } = madeUpTexts(6000, 4);
    const kept = await Promise.all(
      [1, 2].map(async (workers) => {
        const trainer = new BagTrainer({ labels, ngrams: NGRAMS, seed: 5, workers, maxEntries: 100_000 });
        for (const [i, text] of texts.entries()) {
          await trainer.add({ text, target: targets[i]!, weight: 1, train: true });
        }
        await trainer.seal();
        const numbers = [...trainer.numbers];
        expect(trainer.entries).toBeLessThanOrEqual(100_000);
        expect(trainer.loaded).toEqual({ offered: 6000, kept: numbers.length });
        await trainer.close();
        return numbers;
      }),
    );
    expect(kept[0]).toEqual(kept[1]);
    const late = kept[0]!.filter((number) => number >= 3000).length / kept[0]!.length;
    expect(Math.abs(late - 0.5)).toBeLessThan(0.1);
  });

  it('bounds the weights of many classes', () => {
    const { maxRows } = defaultRowLimits(5000);
    expect(maxRows * 5000 * 4).toBeLessThanOrEqual(200_000_000);
    expect(defaultRowLimits(41).maxRows * (41 + 4)).toBeLessThan(9_600_000);
  });

  it('slices classes in whole groups of four', () => {
    expect(classSlices(41, 2)).toEqual([
      { from: 0, to: 24 },
      { from: 24, to: 41 },
    ]);
    expect(classSlices(2, 8)).toEqual([{ from: 0, to: 2 }]);
  });
});
