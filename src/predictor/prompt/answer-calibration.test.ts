import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import { answerCalibration } from './answer-calibration.ts';
import type { Outcome } from './prompt-file.ts';

describe('probabilities of answers', () => {
  test('sum to one, with the answered label on top, whatever was seen', () => {
    const random = seededRandom(5);
    for (let round = 0; round < 200; round++) {
      const labelCount = 2 + random.integer(20);
      const outcomes: Outcome[] = [];
      for (let i = 0; i < random.integer(12); i++) {
        outcomes.push({
          predicted: random.integer(labelCount),
          expected: random.integer(labelCount),
          count: 1 + random.integer(5),
        });
      }
      const probabilitiesOf = answerCalibration(outcomes, labelCount);
      for (let label = 0; label < labelCount; label++) {
        const row = probabilitiesOf(label);
        expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
        expect(row.every((value) => value >= 0)).toBe(true);
        expect(row.indexOf(Math.max(...row))).toBe(label);
      }
    }
  });

  test('follow the accuracy of the tuning examples, each label its own', () => {
    const outcomes = [
      { predicted: 0, expected: 0, count: 45 },
      { predicted: 0, expected: 1, count: 5 },
      { predicted: 1, expected: 1, count: 20 },
      { predicted: 1, expected: 2, count: 20 },
    ];
    const probabilitiesOf = answerCalibration(outcomes, 3);
    const [sure, unsure, unseen] = [0, 1, 2].map((label) => probabilitiesOf(label));
    expect(sure![0]).toBeCloseTo(0.887, 2);
    expect(unsure![1]).toBeCloseTo(0.52, 2);
    expect(unseen![2]).toBeCloseTo(66 / 92, 5);
    expect(sure![1]).toBeGreaterThan(10 * sure![2]!);
    expect(unsure![2]).toBeGreaterThan(10 * unsure![0]!);
  });

  test('are the answer’s true chances on answers of a known error rate', () => {
    const random = seededRandom(11);
    const labelCount = 6;
    const answer = (): { predicted: number; expected: number } => {
      const expected = random.integer(labelCount);
      return { expected, predicted: random.next() < 0.8 ? expected : random.integer(labelCount) };
    };
    const gaps: number[] = [];
    for (let round = 0; round < 40; round++) {
      const outcomes = Array.from({ length: 100 }, () => ({ ...answer(), count: 1 }));
      const probabilitiesOf = answerCalibration(outcomes, labelCount);
      const fresh = Array.from({ length: 2000 }, answer);
      const right = fresh.filter(({ predicted, expected }) => predicted === expected).length / fresh.length;
      const said =
        fresh.reduce((sum, { predicted }) => sum + probabilitiesOf(predicted)[predicted]!, 0) / fresh.length;
      gaps.push(said - right);
    }
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
  });

  test('a caller may change its copy', () => {
    const probabilitiesOf = answerCalibration([{ predicted: 0, expected: 0, count: 9 }], 2);
    probabilitiesOf(0).fill(0);
    expect(probabilitiesOf(0)[0]).toBeGreaterThan(0.5);
  });
});
