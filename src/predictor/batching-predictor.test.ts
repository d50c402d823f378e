import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import { batchingPredictor } from './batching-predictor.ts';
import type { Prediction, Predictor } from './predictor.ts';

const manifest: CandidateManifest = {
  format: 1,
  kind: 'bag',
  name: 'bag',
  rung: 'bag',
  task: 'length',
  labels: ['even', 'odd'],
  files: {},
  settings: {},
  upstreams: [],
  lineage: { dataset: '', run: '', seed: 1, homegrown: '', trainedOn: 1 },
  notes: [],
};

/** Says whether a text's length is even, notes the batches it was given, and takes `msPerInput` of this thread for each input. */
function parityPredictor(msPerInput = 0): Predictor & { batches: string[][]; closed: boolean } {
  const answer = (input: string): Prediction => {
    if (input === 'poison') throw new Error('cannot read this one');
    const end = performance.now() + msPerInput;
    while (performance.now() < end);
    return { label: input.length % 2 === 0 ? 'even' : 'odd', probabilities: Float32Array.of(1, 0) };
  };
  const predictor = {
    manifest,
    labels: manifest.labels,
    batches: [] as string[][],
    closed: false,
    predict: async (inputs: readonly string[]) => {
      predictor.batches.push([...inputs]);
      return inputs.map(answer);
    },
    close: async () => void (predictor.closed = true),
  };
  return predictor;
}

const labelsOf = (predictions: Prediction[]): (string | null)[] => predictions.map(({ label }) => label);

describe('batching predictor', () => {
  test('gathers the calls of one turn into one batch and gives each its own answers', async () => {
    const inner = parityPredictor();
    const batching = batchingPredictor(inner);
    const answers = await Promise.all(
      [['a'], ['bb', 'ccc'], [], ['dddd']].map((inputs) => batching.predict(inputs)),
    );
    expect(answers.map(labelsOf)).toEqual([['odd'], ['even', 'odd'], [], ['even']]);
    expect(inner.batches).toEqual([['a', 'bb', 'ccc', 'dddd']]);
  });

  test('answers a lone call in the next turn', async () => {
    const batching = batchingPredictor(parityPredictor());
    let answered = false;
    void batching.predict(['a']).then(() => (answered = true));
    await nextTurn();
    await nextTurn();
    expect(answered).toBe(true);
  });

  test('keeps the order of a long call and never passes the largest batch', async () => {
    const inner = parityPredictor();
    const inputs = Array.from({ length: 10_000 }, (_, index) => 'x'.repeat(index % 7));
    const answers = await batchingPredictor(inner, { maxBatchSize: 100 }).predict(inputs);
    expect(labelsOf(answers)).toEqual(inputs.map(({ length }) => (length % 2 === 0 ? 'even' : 'odd')));
    expect(Math.max(...inner.batches.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  test('answers a short call while a long one is being worked off', async () => {
    const inner = parityPredictor(0.2);
    const batching = batchingPredictor(inner);
    let longDone = false;
    const long = batching.predict(Array.from({ length: 1000 }, () => 'long')).then(() => (longDone = true));
    await nextTurn();
    expect(labelsOf(await batching.predict(['odd']))).toEqual(['odd']);
    expect(longDone).toBe(false);
    await long;
    const largest = Math.max(...inner.batches.slice(5).map(({ length }) => length));
    expect(largest * 0.2).toBeLessThan(8);
  });

  test('answers in the order of asking when batches overflow', async () => {
    const batching = batchingPredictor(parityPredictor(), { maxBatchSize: 3 });
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => batching.predict(['a', 'b']).then(() => order.push(index))),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('fails only the call whose input fails', async () => {
    const batching = batchingPredictor(parityPredictor());
    const results = await Promise.allSettled(['a', 'poison', 'bb'].map((input) => batching.predict([input])));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(labelsOf(await batching.predict(['after']))).toEqual(['odd']);
  });

  test('gives up a call whose signal aborts and goes on with the others', async () => {
    const inner = parityPredictor(0.2);
    const batching = batchingPredictor(inner);
    const controller = new AbortController();
    const long = batching.predict(
      Array.from({ length: 5000 }, () => 'x'),
      { signal: controller.signal },
    );
    const other = batching.predict(['bb']);
    expect(labelsOf(await other)).toEqual(['even']);
    controller.abort(new Error('gone'));
    await expect(long).rejects.toThrow('gone');
    await batching.predict(['last']);
    expect(inner.batches.flat().length).toBeLessThan(2000);
    await expect(batching.predict(['x'], { signal: controller.signal })).rejects.toThrow('gone');
  });

  test('finishes what was asked before it closes, then refuses', async () => {
    const inner = parityPredictor();
    const batching = batchingPredictor(inner);
    const asked = batching.predict(['a']);
    await batching.close();
    expect(labelsOf(await asked)).toEqual(['odd']);
    expect(inner.closed).toBe(true);
    await expect(batching.predict(['b'])).rejects.toThrow('closed');
  });
});
