import { expect, test } from 'vitest';
import { seededRandom } from '../../../util/random.ts';
import { overlap, placeLabels, type Box } from './svg-labels.ts';

const BOUNDS: Box = { left: 50, top: 20, right: 510, bottom: 320 };

test('labels never cover each other, a point or an obstacle, nor leave the bounds, however crowded', () => {
  const random = seededRandom(7);
  let placedInAll = 0;
  for (let round = 0; round < 200; round++) {
    const crowd = 20 + random.next() * 200;
    const points = Array.from({ length: 8 }, (_, index) => ({
      x: 280 + (random.next() - 0.5) * crowd,
      y: 170 + (random.next() - 0.5) * crowd,
      text: `candidate-${index}`,
    }));
    const obstacles = [{ left: 100, top: 100, right: 180, bottom: 115 }];
    const labels = placeLabels({ points, obstacles, bounds: BOUNDS, fontSize: 12 });
    const boxes = labels.flatMap((label) => {
      if (label === null) return [];
      const left = label.x - label.width * { start: 0, middle: 0.5, end: 1 }[label.anchor];
      return [{ left, right: left + label.width, top: label.y - 10, bottom: label.y + 3 }];
    });
    placedInAll += boxes.length;
    for (const [index, box] of boxes.entries()) {
      expect(box.left >= BOUNDS.left && box.right <= BOUNDS.right).toBe(true);
      expect(overlap(box, obstacles[0]!)).toBe(false);
      for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false);
      for (const { x, y } of points)
        expect(overlap(box, { left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 })).toBe(false);
    }
  }
  expect(placedInAll).toBeGreaterThan(200 * 8 * 0.97);
});

test('a label with no room at all is left out', () => {
  const bounds = { left: 0, top: 0, right: 20, bottom: 20 };
  expect(
    placeLabels({ points: [{ x: 10, y: 10, text: 'long name' }], obstacles: [], bounds, fontSize: 12 }),
  ).toEqual([null]);
});
