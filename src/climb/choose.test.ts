import { describe, expect, it } from 'vitest';
import { scoredFrom } from '../evaluate/goldens/scored-fixture.ts';
import { evaluateQuality } from '../evaluate/quality.ts';
import type { ScoredPredictions } from '../evaluate/scored-predictions.ts';
import type { Measured } from '../schema/report.ts';
import { seededRandom } from '../util/random.ts';
import type { ChoiceCandidate, ChoiceOptions } from './choose-facts.ts';
import { chooseCandidate } from './choose.ts';

const options: ChoiceOptions = {
  metric: 'accuracy',
  tolerance: 0.01,
  minQuality: null,
  limits: { p95LatencyMs: null, costPer1kUsd: null },
  protocol: { kind: 'held-out' },
  seed: 1,
};

/** Two labels in turn, right where `isRight` says so. */
function answers(rows: number, isRight: (row: number) => boolean): ScoredPredictions {
  const expected = Array.from({ length: rows }, (_, row) => row % 2);
  return scoredFrom({
    labels: 2,
    expected,
    predicted: expected.map((label, row) => (isRight(row) ? label : 1 - label)),
  });
}

function measured(facts: { p95Ms?: number; usd?: number | null; cpuMs?: number | null }): Measured {
  const { p95Ms, usd = null, cpuMs = null } = facts;
  return {
    latency: p95Ms === undefined ? null : { calls: 100, p50Ms: p95Ms / 2, p95Ms, p99Ms: p95Ms * 2 },
    costPer1kUsd: usd,
    costBasis: usd === null ? 'Unknown: no price.' : 'Stated.',
    cpuMsPerCall: cpuMs,
    buildSeconds: 1,
    buildUsd: null,
    modelBytes: 1,
  };
}

function candidate(
  name: string,
  scored: ScoredPredictions,
  facts: Parameters<typeof measured>[0],
  heldOut: ScoredPredictions | null = scored,
): ChoiceCandidate {
  return {
    name,
    scored,
    validation: evaluateQuality(scored, { seed: 1, resamples: 20 }),
    heldOut: heldOut === null ? null : evaluateQuality(heldOut, { seed: 1, resamples: 20 }),
    measured: measured(facts),
  };
}

const good = answers(4000, (row) => row % 10 > 0);
/** Wrong on 2 more of 4,000: within a point with 95 % confidence. */
const nearlyAsGood = answers(4000, (row) => row % 10 > 0 && row !== 1 && row !== 3);
const poor = answers(4000, (row) => row % 5 > 0);

describe('chooseCandidate', () => {
  it('takes the cheaper of two that cannot be told apart, and says what is saved', () => {
    const { candidates, choice, measuredReasons } = chooseCandidate(
      [
        candidate('bag/words', nearlyAsGood, { cpuMs: 0.06 }),
        candidate(
          'bag',
          good,
          { cpuMs: 0.1 },
          answers(4000, (row) => row % 8 > 0),
        ),
        candidate('tiny', poor, { cpuMs: 0.01 }),
      ],
      options,
    );
    expect(choice.chosen).toBe('bag/words');
    expect(choice.best).toBe('bag');
    expect(choice.reasons).toMatchInlineSnapshot(`
      [
        "bag/words is within 1 point of the best (bag) with 95 % confidence.",
        "Expect accuracy 90.0 % (89.0 to 90.8 %): measured on held-out examples that had no part in training or in the choice.",
      ]
    `);
    expect(measuredReasons).toEqual([
      'bag/words takes 60 % of the time of bag.',
      'tiny is cheaper, but 10 points worse than bag (9.1 points to 11 points).',
    ]);
    expect(choice.needed).toEqual([]);
    expect(candidates.map(({ comparison }) => comparison?.nonInferior ?? null)).toEqual([true, null, false]);
  });

  it('takes the best when nothing cheaper is shown to be as good, and says what would settle it', () => {
    const few = (wrong: (row: number) => boolean) => answers(300, (row) => !wrong(row));
    const { choice, measuredReasons } = chooseCandidate(
      [
        candidate(
          'bag/words',
          few((row) => row % 7 === 0 || row % 50 === 0),
          { cpuMs: 0.06 },
        ),
        candidate(
          'bag',
          few((row) => row % 7 === 0),
          { cpuMs: 0.1 },
        ),
        candidate(
          'blend',
          few((row) => row % 7 === 1),
          { cpuMs: 0.2 },
        ),
      ],
      options,
    );
    expect(choice.chosen).toBe('bag');
    expect(measuredReasons).toEqual([
      'bag/words is cheaper, but cannot be shown to be within 1 point of bag: 1.7 points worse, and anything from 0.4 points worse to 3.8 points worse is possible.',
    ]);
    expect(choice.reasons).toMatchInlineSnapshot(`
      [
        "bag is the best on the examples the choice is made on: accuracy 85.7 % (81.2 to 89.2 %).",
        "Expect accuracy 85.7 % (81.2 to 89.2 %): measured on held-out examples that had no part in training or in the choice.",
      ]
    `);
    expect(choice.needed).toMatchInlineSnapshot(`
      [
        "These examples cannot exclude that blend is truly better than bag, by up to 6.1 points. To make sure that it is not by more than 1 point takes about 38 times as many labelled examples (11,000 to judge on, not 300).",
      ]
    `);
  });

  it('reports the held-out quality of the chosen one, not the one it was chosen by', () => {
    const heldOut = answers(4000, (row) => row % 8 > 0);
    const { choice } = chooseCandidate([candidate('bag', good, { cpuMs: 1 }, heldOut)], options);
    expect(choice.quality?.value).toBe(0.875);
    expect(choice.reasons[0]).toBe('bag is the only candidate: accuracy 90.0 % (89.0 to 90.9 %).');
  });

  it('chooses within the limits and names the better one outside', () => {
    const { candidates, choice, measuredReasons } = chooseCandidate(
      [candidate('bag', poor, { p95Ms: 0.2, usd: 0.01 }), candidate('prompt', good, { p95Ms: 900, usd: 2 })],
      { ...options, limits: { p95LatencyMs: 20, costPer1kUsd: 0.05 } },
    );
    expect(choice).toMatchObject({ chosen: 'bag', best: 'prompt' });
    expect(candidates[1]).toMatchObject({ withinLimits: false, comparison: null });
    expect(candidates[1]?.limitViolations).toEqual([
      'Its p95 latency is 900 ms, 45 times the limit of 20 ms.',
      'It costs 2 US dollars per 1,000 calls, 40 times the limit of 0.05.',
    ]);
    expect(measuredReasons[0]).toMatch(/^prompt is better \(90\.0 %.* but does not keep to the limits\./);
  });

  it('takes an unknown figure under a stated limit for a violation', () => {
    const { candidates, choice } = chooseCandidate([candidate('prompt', good, {})], {
      ...options,
      limits: { p95LatencyMs: 20, costPer1kUsd: 0.05 },
    });
    expect(choice).toMatchObject({ chosen: null, quality: null, reasons: [] });
    expect(candidates[0]?.limitViolations).toEqual([
      'Its p95 latency is unknown, so it cannot be shown to keep under 20 ms.',
      'Its cost is unknown, so it cannot be shown to keep under 0.05 US dollars per 1,000 calls. Unknown: no price.',
    ]);
    expect(choice.needed[0]).toBe('No candidate keeps to the limits.');
  });

  it('chooses none when none reaches minQuality, and says how far away it is', () => {
    const strict = { ...options, minQuality: 0.95 };
    const far = chooseCandidate([candidate('bag', good, {})], strict).choice;
    expect(far).toMatchObject({ chosen: null, best: 'bag', quality: null });
    expect(far.needed).toMatchInlineSnapshot(`
      [
        "The best within the limits, bag, reaches accuracy 90.0 % (89.0 to 90.9 %): 5 points short of minQuality (95.0 %).",
        "That is more than chance explains. More or cleaner labels to learn from, or another rung, can raise it.",
      ]
    `);
    const near = chooseCandidate(
      [
        candidate(
          'bag',
          answers(60, (row) => row % 15 > 0),
          {},
        ),
      ],
      strict,
    ).choice;
    expect(near.chosen).toBeNull();
    expect(near.needed).toMatchInlineSnapshot(`
      [
        "The best within the limits, bag, reaches accuracy 93.3 % (84.1 to 97.4 %): 1.7 points short of minQuality (95.0 %).",
        "Its interval still includes minQuality: about 5.9 times as many labelled examples (350 to judge on, not 60) would settle whether it is reached. More examples to learn from may also raise it.",
      ]
    `);
  });

  it('lets the point estimate decide on minQuality, and says when the interval does not', () => {
    const { choice } = chooseCandidate(
      [
        candidate(
          'bag',
          answers(100, (row) => row % 10 > 0),
          {},
        ),
      ],
      {
        ...options,
        minQuality: 0.85,
      },
    );
    expect(choice.chosen).toBe('bag');
    expect(choice.needed).toMatchInlineSnapshot(`
      [
        "The interval of bag (90.0 % (82.6 to 94.5 %)) does not yet exclude being under minQuality (85.0 %). About 2.3 times as many labelled examples (220 to judge on, not 100) would settle it, if the figure stays.",
      ]
    `);
  });

  it('says when held-out does not confirm what validation promised', () => {
    const heldOut = answers(4000, (row) => row % 5 > 0);
    const { choice } = chooseCandidate([candidate('bag', good, {}, heldOut)], {
      ...options,
      minQuality: 0.85,
    });
    expect(choice.chosen).toBe('bag');
    expect(choice.needed[0]).toContain('its unbiased figure is under it: 80.0 %');
  });

  it.each([
    [
      'cost when every cost is known',
      [
        { usd: 2, cpuMs: 1 },
        { usd: 1, cpuMs: 2 },
      ],
      'two',
    ],
    [
      'processor time when costs tie to two digits',
      [
        { usd: 1.001, cpuMs: 1 },
        { usd: 1, cpuMs: 2 },
      ],
      'one',
    ],
    [
      'processor time when a cost is unknown',
      [
        { usd: null, cpuMs: 2 },
        { usd: 5, cpuMs: 1 },
      ],
      'two',
    ],
    ['latency where processor time is unknown', [{ p95Ms: 900 }, { cpuMs: 1 }], 'two'],
    ['the given order when nothing is known', [{}, {}], 'one'],
  ] as const)('calls cheaper by %s', (_, [one, two], expected) => {
    const { choice } = chooseCandidate([candidate('one', good, one), candidate('two', good, two)], options);
    expect(choice.chosen).toBe(expected);
  });

  it('compares a candidate judged on a subset on that subset', () => {
    // On its own 200 examples the dear one looks better than `good` does on all; on the same ones it is worse.
    const easy = answers(4000, (row) => (row < 200 ? row % 50 > 0 : row % 9 > 0));
    const subset = answers(200, (row) => row % 25 > 0);
    const { candidates, choice } = chooseCandidate(
      [candidate('prompt', subset, { p95Ms: 900 }), candidate('bag', easy, { cpuMs: 1 })],
      options,
    );
    expect(subset.expected.length).toBe(200);
    expect(choice.best).toBe('bag');
    expect(candidates[0]?.comparison).toMatchObject({ against: 'bag', examples: 200 });
  });

  it('says that nothing was built', () => {
    expect(chooseCandidate([], options).choice).toEqual({
      chosen: null,
      best: null,
      quality: null,
      reasons: [],
      needed: ['No candidate was built. See what was not tried, and why.'],
    });
  });

  it('lives with a single group: no interval, the best is taken, and says so', () => {
    const one = (scored: ScoredPredictions): ScoredPredictions => ({
      ...scored,
      group: new Int32Array(scored.group.length),
    });
    const { choice } = chooseCandidate(
      [
        candidate('bag', one(answers(60, (row) => row % 4 > 0)), { cpuMs: 1 }, null),
        candidate('blend', one(answers(60, (row) => row % 5 > 0)), { cpuMs: 2 }, null),
      ],
      { ...options, protocol: { kind: 'cross-validation', folds: 5, repeats: 10 } },
    );
    expect(choice).toMatchObject({ chosen: 'blend', quality: { value: 0.8, low: null, high: null } });
    expect(choice.needed.at(-1)).toContain('All examples belong to one group');
  });

  describe('in a cross-validation', () => {
    const crossValidation = {
      ...options,
      protocol: { kind: 'cross-validation', folds: 5, repeats: 1 },
      resamples: 150,
    } as const;
    const noise = (seed: number): ScoredPredictions => {
      const random = seededRandom(seed);
      return answers(100, () => random.next() < 0.7);
    };
    const alike = Array.from({ length: 6 }, (_, index) =>
      candidate(`c${index}`, noise(index), { cpuMs: 1 }, null),
    );

    it('takes the luck of the chosen one of six alike out of its quality', () => {
      const { choice } = chooseCandidate(alike, crossValidation);
      const naive = Math.max(...alike.map(({ validation }) => validation.accuracy.value));
      expect(naive).toBeGreaterThan(0.73);
      expect(choice.quality!.value).toBeLessThan(naive - 0.015);
      expect(choice.quality!.low).toBeLessThan(0.7);
      expect(choice.quality!.high).toBeGreaterThan(0.7);
    });

    it.each(['accuracy', 'macro-f1'] as const)(
      'leaves a lone candidate’s %s as it is, and repeats itself',
      (metric) => {
        const lone = chooseCandidate(alike.slice(0, 1), { ...crossValidation, metric }).choice;
        const { accuracy, macroF1 } = alike[0]!.validation;
        expect(
          Math.abs(lone.quality!.value - (metric === 'accuracy' ? accuracy : macroF1).value),
        ).toBeLessThan(0.01);
        expect(chooseCandidate(alike, { ...crossValidation, metric })).toEqual(
          chooseCandidate(alike, { ...crossValidation, metric }),
        );
      },
    );
  });
});
