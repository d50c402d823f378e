import { describe, expect, it } from 'vitest';
import { exampleSetOf } from '../data/example-set.ts';
import type { Prediction, Predictor } from '../predictor/predictor.ts';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import type { Example } from '../schema/example.ts';
import { baselinePredictions } from './baseline.ts';
import { joinFolds } from './join-folds.ts';
import { scorePredictions } from './score.ts';

function example(id: string, output: string, group = id): Example {
  return {
    id,
    input: `input of ${id}`,
    output,
    group,
    split: 'validation',
    time: null,
    weight: 1,
    origin: { file: 'data.jsonl', line: 1 },
  };
}

/** A real predictor with a rule instead of a model. */
function ruleOf(
  labels: readonly string[],
  rule: (input: string) => Prediction,
): Predictor & { batches: number[] } {
  const manifest: CandidateManifest = {
    format: 1,
    kind: 'bag',
    name: 'rule',
    rung: 'bag',
    task: 'topic',
    labels: [...labels],
    files: {},
    settings: {},
    upstreams: [],
    lineage: { dataset: '', run: '', seed: 1, homegrown: '0', trainedOn: 0 },
    notes: [],
  };
  const batches: number[] = [];
  return {
    manifest,
    labels,
    batches,
    predict: async (inputs) => {
      batches.push(inputs.length);
      return inputs.map(rule);
    },
    close: async () => undefined,
  };
}

const EXAMPLES = [example('1', 'a', 'g'), example('2', 'b', 'h'), example('3', 'a', 'g'), example('4', 'c')];

describe('scorePredictions', () => {
  it('numbers rows, labels and groups, and maps the predictor’s labels onto the task’s', async () => {
    const predictor = ruleOf(['c', 'a'], (input) =>
      input.endsWith('2')
        ? { label: null, probabilities: null, failure: 'timed out' }
        : { label: 'a', probabilities: Float32Array.of(0.25, 0.75) },
    );
    const progress: number[] = [];
    const answers: Prediction[] = [];
    const scored = await scorePredictions(predictor, exampleSetOf(EXAMPLES), {
      labels: ['a', 'b', 'c'],
      batchSize: 3,
      concurrency: 2,
      progress: (done) => progress.push(done),
      onAnswers: (batch) => answers.push(...batch),
    });
    expect(predictor.batches).toEqual([3, 1]);
    expect(progress.at(-1)).toBe(4);
    expect(answers.filter(({ failure }) => failure !== undefined)).toHaveLength(1);
    expect([...scored.expected]).toEqual([0, 1, 0, 2]);
    expect([...scored.predicted]).toEqual([0, -1, 0, 0]);
    expect([...scored.group]).toEqual([0, 1, 0, 2]);
    expect([...scored.example]).toEqual([0, 1, 2, 3]);
    expect([...scored.probabilities!]).toEqual([0.75, 0, 0.25, 0, 0, 0, 0.75, 0, 0.25, 0.75, 0, 0.25]);
  });

  it('has no probabilities when the predictor gives none', async () => {
    const scored = await scorePredictions(
      ruleOf(['a', 'b', 'c'], () => ({ label: 'b', probabilities: null })),
      exampleSetOf(EXAMPLES),
    );
    expect(scored.probabilities).toBeNull();
  });

  it('names the example whose label the predictor does not know', async () => {
    const predictor = ruleOf(['a', 'b'], () => ({ label: 'a', probabilities: null }));
    await expect(scorePredictions(predictor, exampleSetOf(EXAMPLES))).rejects.toThrow(
      'data.jsonl:1: an example has an output that the candidate cannot answer',
    );
  });

  it('stops when aborted', async () => {
    const stop = new AbortController();
    const predictor = ruleOf(['a', 'b', 'c'], () => {
      stop.abort(new Error('stopped'));
      return { label: 'a', probabilities: null };
    });
    const options = { batchSize: 1, signal: stop.signal };
    await expect(scorePredictions(predictor, exampleSetOf(EXAMPLES), options)).rejects.toThrow('stopped');
    expect(predictor.batches).toEqual([1]);
  });
});

describe('baselinePredictions', () => {
  it('answers one label to everything, with the indexes that candidates have', async () => {
    const labels = ['a', 'b', 'c'];
    const baseline = await baselinePredictions(exampleSetOf(EXAMPLES), { label: 'a', labels });
    const scored = await scorePredictions(
      ruleOf(labels, () => ({ label: 'a', probabilities: null })),
      exampleSetOf(EXAMPLES),
    );
    expect(baseline).toEqual(scored);
  });
});

describe('joinFolds', () => {
  const labels = ['a', 'b', 'c'];
  const predictor = ruleOf(labels, (input) => ({
    label: input.endsWith('1') ? 'b' : 'a',
    probabilities: Float32Array.of(0.5, 0.25, 0.25),
  }));
  const scoreFold = async (test: readonly Example[]) => ({
    fold: { test },
    scored: await scorePredictions(predictor, exampleSetOf(test)),
  });

  it('puts folds and repeats under the indexes of the whole data set', async () => {
    const [one, two, three, four] = EXAMPLES as [Example, Example, Example, Example];
    const folds = await Promise.all([[three, one], [four, two], [two], [one, three, four]].map(scoreFold));
    const joined = joinFolds(folds, EXAMPLES);
    expect([...joined.example]).toEqual([2, 0, 3, 1, 1, 0, 2, 3]);
    expect([...joined.group]).toEqual([0, 0, 2, 1, 1, 0, 0, 2]);
    expect([...joined.predicted]).toEqual([0, 1, 0, 0, 0, 1, 0, 0]);
    expect([...joined.expected]).toEqual([0, 0, 2, 1, 1, 0, 0, 2]);
    expect(joined.probabilities).toHaveLength(8 * 3);
  });

  it('refuses folds with different labels', async () => {
    const fold = await scoreFold(EXAMPLES);
    const other = { ...fold, scored: { ...fold.scored, labels: ['a', 'b'] } };
    expect(() => joinFolds([fold, other], EXAMPLES)).toThrow('do not share one list of labels');
  });
});
