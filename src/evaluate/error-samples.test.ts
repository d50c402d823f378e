import { describe, expect, it } from 'vitest';
import { errorSamples, pickErrors, shorten } from './error-samples.ts';
import { scoredFrom } from './goldens/scored-fixture.ts';

const facts = {
  labels: 3,
  expected: [0, 0, 0, 1, 1, 2],
  predicted: [1, 1, 1, 1, 2, -1],
  confidence: [0.9, 0.95, 0.5, 0.99, 0.6, 0.4],
};

describe('pickErrors', () => {
  it('takes each confusion once before any a second time, the most confident first', () => {
    const picked = pickErrors(scoredFrom(facts), { count: 10, seed: 1 });
    expect(picked.map(({ example }) => example)).toEqual([1, 4, 5, 0, 2]);
    expect(picked[0]).toEqual({
      example: 1,
      expected: 'label-0',
      predicted: 'label-1',
      confidence: Math.fround(0.95),
    });
    expect(picked[2]).toMatchObject({ predicted: null, confidence: null });
    expect(pickErrors(scoredFrom(facts), { count: 2, seed: 1 })).toEqual(picked.slice(0, 2));
  });

  it('draws by the seed without probabilities', () => {
    const { confidence: _, ...bare } = facts;
    const draw = (seed: number) =>
      pickErrors(scoredFrom(bare), { count: 9, seed }).map(({ example }) => example);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 4, 5]);
    const firsts = new Set(Array.from({ length: 20 }, (_unused, seed) => draw(seed)[0]));
    expect(firsts.size).toBeGreaterThan(2);
  });

  it('shows an example once, however often a cross-validation got it wrong', () => {
    const repeated = scoredFrom({
      labels: 2,
      expected: [0, 0, 0],
      predicted: [1, 1, 1],
      example: [4, 4, 7],
      group: [0, 0, 1],
    });
    expect(
      pickErrors(repeated, { count: 9, seed: 1 })
        .map(({ example }) => example)
        .toSorted((a, b) => a - b),
    ).toEqual([4, 7]);
  });
});

describe('errorSamples', () => {
  it('puts the inputs in, shortened', () => {
    const errors = pickErrors(scoredFrom(facts), { count: 1, seed: 1 });
    const [sample] = errorSamples(errors, new Map([[1, 'x'.repeat(400)]]));
    expect(sample).toMatchObject({ expected: 'label-0', predicted: 'label-1' });
    expect(sample?.input).toBe(`${'x'.repeat(299)}…`);
  });
});

describe('shorten', () => {
  it('never cuts between the halves of a surrogate pair', () => {
    expect(shorten('ab😀😀', 6)).toBe('ab😀😀');
    expect(shorten('ab😀😀', 5)).toBe('ab😀…');
    expect(shorten('ab😀😀', 4)).toBe('ab…');
    expect(shorten('abc', 3)).toBe('abc');
  });
});
