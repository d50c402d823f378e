import { expect, it } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import { fitTemperature } from './temperature.ts';

/** Logits whose softmax, divided by `temperature`, is the chance of each class. */
function labelled(texts: number, temperature: number): Parameters<typeof fitTemperature>[0] {
  const random = seededRandom(5);
  const classes = 4;
  const logits = Float32Array.from({ length: texts * classes }, () => temperature * 4 * random.next());
  const targets = Int32Array.from({ length: texts }, (_, text) => {
    const powers = [...logits.subarray(text * classes, (text + 1) * classes)].map((x) =>
      Math.exp(x / temperature),
    );
    let left = random.next() * powers.reduce((a, b) => a + b);
    const found = powers.findIndex((power) => (left -= power) < 0);
    return found < 0 ? classes - 1 : found;
  });
  return { logits, targets, classes };
}

it.each([0.5, 1, 3])('finds the temperature %d that made the labels', (temperature) => {
  const found = fitTemperature(labelled(4000, temperature));
  expect(found / temperature).toBeGreaterThan(0.9);
  expect(found / temperature).toBeLessThan(1.1);
});

it('stays near 1 when a handful of texts is all there is, and in its bounds when all are right', () => {
  expect(fitTemperature(labelled(3, 1))).toBeGreaterThan(0.4);
  expect(fitTemperature(labelled(3, 1))).toBeLessThan(2.5);
  expect(fitTemperature({ logits: new Float32Array(0), targets: new Int32Array(0), classes: 2 })).toBe(1);
  const sure = { logits: Float32Array.of(9, 0, 9, 0), targets: Int32Array.of(0, 0), classes: 2 };
  expect(fitTemperature(sure)).toBeGreaterThanOrEqual(0.1);
});
