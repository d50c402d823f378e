import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEncoderPredictor } from '../../predictor/encoder/encoder-predictor.ts';
import type { Predictor } from '../../predictor/predictor.ts';
import type { Example } from '../../schema/example.ts';
import {
  buildEncoder,
  type BuiltEncoder,
  ENCODER_RUNG,
  labelledExample,
  orderedExamples,
} from '../../../test/support/build-encoder.ts';
import { sha256 } from '../../util/content-hash.ts';

let root: string;
let whole: BuiltEncoder;
const train = orderedExamples(700);
const validation = orderedExamples(240, 2);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'homegrown-encoder-rung-'));
  whole = await buildEncoder(join(root, 'whole'), { train, validation });
}, 120_000);
afterAll(() => rm(root, { recursive: true }));

function load({ directory, manifest }: BuiltEncoder): Promise<Predictor> {
  return loadEncoderPredictor(directory, manifest, undefined as never);
}

async function accuracyOf(built: BuiltEncoder, examples: readonly Example[]): Promise<number> {
  const predictor = await load(built);
  const answers = await predictor.predict(examples.map(({ input }) => input));
  await predictor.close();
  return answers.filter(({ label }, index) => label === examples[index]!.output).length / examples.length;
}

async function hashOf(directory: string): Promise<string> {
  const files = (await readdir(directory)).toSorted();
  return sha256((await Promise.all(files.map((file) => readFile(join(directory, file), 'base64')))).join());
}

describe('encoderRung', () => {
  it('learns what no bag of words tells, and says how', async () => {
    expect(await accuracyOf(whole, orderedExamples(300, 3))).toBeGreaterThan(0.95);
    expect(whole.manifest.notes.join('\n')).toMatchInlineSnapshot(`
      "A transformer trained from scratch: 1 layer of width 128 with 4 heads, 300 byte-pair tokens learned from the training texts, at most 32 of them a text.
      Training: 77 steps of 32 examples (3.5 epochs); the weights of step 33, accuracy 100.0 % on validation (240 examples). Probabilities calibrated there (temperature 0.703).
      Rounding the weights to 8 bits changed the quality by ±0.00 points (plus is better); 100.0 % of the answers stayed the same."
    `);
    expect(await readdir(whole.directory)).toEqual([
      'config.json',
      'homegrown.json',
      'model.onnx',
      'model.safetensors',
      'tokenizer.json',
    ]);
  });

  it('leaves the run that it was, without its checkpoints', async () => {
    const files = await readdir(join(root, 'whole', 'training'));
    expect(files.toSorted()).toEqual(['events.jsonl', 'spec.json', 'steps.json']);
  });

  it('interrupted and gone on with, with less of a budget, gives the same bytes', async () => {
    const place = join(root, 'interrupted');
    const controller = new AbortController();
    const stopped = buildEncoder(
      place,
      { train, validation },
      {
        signal: controller.signal,
        progress: (message) => {
          if (message.startsWith('step 60 ')) controller.abort();
        },
      },
    );
    await expect(stopped).rejects.toMatchObject({ code: 'train/interrupted' });
    const resumed = await buildEncoder(
      place,
      { train, validation },
      { budget: { minutes: 0.001, usd: null } },
    );
    expect(await hashOf(resumed.directory)).toBe(await hashOf(whole.directory));
  }, 120_000);

  it('takes fewer steps where the budget has no room for more, and says so', async () => {
    const place = join(root, 'short');
    const short = await buildEncoder(place, { train, validation }, { budget: { minutes: 0.01, usd: null } });
    expect(short.manifest.notes.join('\n')).toContain('The budget had room for');
    expect(Number(short.manifest.settings['steps'])).toBeLessThan(Number(whole.manifest.settings['steps']));
  }, 60_000);

  it('judges on part of the training set where there is no validation', async () => {
    const alone = await buildEncoder(join(root, 'alone'), { train, validation: [] }, { trainings: 26 });
    expect(alone.manifest.lineage.trainedOn).toBeLessThan(train.length);
    expect(alone.manifest.notes.join('\n')).toContain('kept out of the training set');
  }, 60_000);

  it('learns from empty texts, one group and texts beyond the context length', async () => {
    const hard = train.map((example, index) => ({
      ...example,
      group: 'all',
      input: index % 50 === 0 ? '' : index % 50 === 1 ? `${example.input} `.repeat(400) : example.input,
    }));
    const built = await buildEncoder(
      join(root, 'hard'),
      { train: hard, validation: [] },
      {
        budget: { minutes: 0.02, usd: null },
      },
    );
    const predictor = await load(built);
    const texts = ['', '\ud800', 'x'.repeat(1_000_000), '[MASK] [PAD]', 'cause effect'];
    for (const { label, probabilities } of await predictor.predict(texts)) {
      expect(built.manifest.labels).toContain(label);
      expect(probabilities!.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
    }
    await predictor.close();
  }, 60_000);

  it('says when it is not for so few examples or so many trainings', () => {
    const labels = ['a', 'b'];
    const availability = (count: number, trainings: number, minutes: number): object =>
      ENCODER_RUNG.availability({
        labels,
        trainings,
        budget: { minutes, usd: null },
        train: { count } as never,
        built: [],
        task: undefined as never,
        upstreams: undefined as never,
      });
    expect(availability(5000, 1, 1)).toEqual({ available: true });
    expect(availability(500, 26, 10)).toMatchInlineSnapshot(`
      {
        "available": false,
        "hint": null,
        "reason": "500 training examples are too few for a network from scratch (at least 2,000)",
      }
    `);
    expect(availability(20_000, 26, 1)).toMatchInlineSnapshot(`
      {
        "available": false,
        "hint": "Raise \`budget.minutes\` of the task.",
        "reason": "cross-validation would train 26 networks, about 8 minutes",
      }
    `);
    expect(availability(5000, 26, 60)).toEqual({ available: true });
  });

  it('refuses an example whose label is not in the list', async () => {
    const stray = [...train, labelledExample('x', 'elsewhere', 9999)];
    const place = join(root, 'stray');
    await expect(
      buildEncoder(place, { train: stray, validation }, { labels: ['backward', 'forward'] }),
    ).rejects.toMatchObject({ code: 'rung/unknown-label' });
  });
});
