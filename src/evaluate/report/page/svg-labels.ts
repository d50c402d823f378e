import { displayWidth } from '../../../util/terminal-layout.ts';

/** A rectangle in drawing units. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A point that wants its name beside it. */
export interface LabelledPoint {
  x: number;
  y: number;
  text: string;
}

/** Where a label stands: its anchor point on the baseline, and whether it is far enough to need a line to its point. */
export interface PlacedLabel {
  x: number;
  y: number;
  width: number;
  /** Where `at` is in the text, for `text-anchor`. */
  anchor: 'start' | 'middle' | 'end';
  leader: boolean;
}

const CHARACTER_WIDTH = 0.63;
const GAP = 10;

/** Width of a text in a proportional system font, estimated generously. */
export function textWidth(text: string, fontSize: number): number {
  return displayWidth(text) * fontSize * CHARACTER_WIDTH;
}

/**
 * Places labels beside their points, first come first served, so that none covers another, a point or an obstacle, nor
 * leaves the bounds; null where there is no room at all.
 */
export function placeLabels(options: {
  points: readonly LabelledPoint[];
  obstacles: readonly Box[];
  bounds: Box;
  fontSize: number;
}): (PlacedLabel | null)[] {
  const { points, bounds, fontSize } = options;
  const taken: Box[] = [...options.obstacles, ...points.map(({ x, y }) => around(x, y, 6))];
  return points.map((point) => {
    const width = textWidth(point.text, fontSize);
    for (const place of places(point, width, fontSize)) {
      const box = boxOf(place, fontSize);
      if (!within(box, bounds) || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      return place;
    }
    return null;
  });
}

/** Places to try, nearest first: right, left, above, below, then rings further out. */
function* places({ x, y }: LabelledPoint, width: number, fontSize: number): Generator<PlacedLabel> {
  const middle = y + fontSize * 0.35;
  yield { x: x + GAP, y: middle, width, anchor: 'start', leader: false };
  yield { x: x - GAP, y: middle, width, anchor: 'end', leader: false };
  yield { x, y: y - GAP, width, anchor: 'middle', leader: false };
  yield { x, y: y + GAP + fontSize * 0.8, width, anchor: 'middle', leader: false };
  for (let ring = 1; ring <= 14; ring++) {
    const rise = ring * fontSize * 0.85;
    for (const up of [-rise, rise]) {
      yield { x: x + GAP + 4, y: middle + up, width, anchor: 'start', leader: true };
      yield { x: x - GAP - 4, y: middle + up, width, anchor: 'end', leader: true };
      yield { x, y: middle + up, width, anchor: 'middle', leader: true };
    }
  }
}

function boxOf({ x, y, width, anchor }: PlacedLabel, fontSize: number): Box {
  const left = x - width * { start: 0, middle: 0.5, end: 1 }[anchor];
  return { left: left - 2, top: y - fontSize * 0.9, right: left + width + 2, bottom: y + fontSize * 0.35 };
}

function around(x: number, y: number, radius: number): Box {
  return { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius };
}

function within(inner: Box, outer: Box): boolean {
  return (
    inner.left >= outer.left &&
    inner.right <= outer.right &&
    inner.top >= outer.top &&
    inner.bottom <= outer.bottom
  );
}

/** Whether two rectangles share any area. */
export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
