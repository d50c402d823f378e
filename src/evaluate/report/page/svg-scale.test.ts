import { expect, test } from 'vitest';
import { linearScale, logScale } from './svg-scale.ts';

test('linear ticks are 1, 2 or 5 times a power of ten, inside the domain', () => {
  const scale = linearScale({ domain: [0.612, 0.797], range: [300, 0], ticks: 5 });
  expect(scale.ticks).toEqual([0.65, 0.7, 0.75]);
  expect(scale.at(0.612)).toBe(300);
  expect(scale.at(0.797)).toBeCloseTo(0, 9);
});

test('logarithmic ticks are decades over wide domains and 1, 2, 5 over narrow ones', () => {
  expect(logScale({ domain: [0.02, 3000], range: [0, 500], ticks: 8 }).ticks).toEqual([
    0.1, 1, 10, 100, 1000,
  ]);
  expect(logScale({ domain: [8, 60], range: [0, 500], ticks: 8 }).ticks).toEqual([10, 20, 50]);
  expect(logScale({ domain: [1e-7, 10], range: [0, 500], ticks: 5 }).ticks).toEqual([
    1e-7, 0.00001, 0.001, 0.1, 10,
  ]);
});

test('logarithmic ticks keep as far apart as asked, whatever the domain', () => {
  for (let step = 0; step < 300; step++) {
    const [low, high] = [10 ** (-7 + step / 50), 10 ** (-7 + step / 50 + 0.7 + (step % 37) / 5)];
    const wanted = 3 + (step % 6);
    const scale = logScale({ domain: [low, high], range: [0, 100 * wanted], ticks: wanted });
    expect(scale.ticks.length).toBeGreaterThan(0);
    const positions = scale.ticks.map((tick) => scale.at(tick));
    for (const [index, position] of positions.slice(1).entries())
      expect(position - positions[index]!).toBeGreaterThan(95);
  }
});

test('a domain of one value has a position and no failure', () => {
  const scale = linearScale({ domain: [0.5, 0.5], range: [0, 100], ticks: 5 });
  expect(Number.isFinite(scale.at(0.5))).toBe(true);
});
