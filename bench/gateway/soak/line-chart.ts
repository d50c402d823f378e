/** A line over time. */
export interface Line {
  name: string;
  color: string;
  /** One value at each of equal steps; null: none there. */
  values: readonly (number | null)[];
}

/** Lines with one axis, from 0. */
export interface Panel {
  title: string;
  unit: string;
  lines: readonly Line[];
}

const WIDTH = 900;
const HEIGHT = 190;
const LEFT = 64;
const RIGHT = 150;
const TOP = 34;
const BOTTOM = 28;

/** Panels below each other as an SVG picture that needs nothing else. */
export function lineCharts(panels: readonly Panel[], minutes: number): string {
  const height = panels.length * HEIGHT + 10;
  const parts = panels.map((panel, index) => panelSvg(panel, { top: index * HEIGHT, minutes }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function panelSvg({ title, unit, lines }: Panel, { top, minutes }: { top: number; minutes: number }): string {
  const most = niceCeiling(Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const bottom = top + HEIGHT - BOTTOM;
  const y = (value: number): number => bottom - (value / most) * (bottom - top - TOP);
  const x = (share: number): number => LEFT + share * (WIDTH - LEFT - RIGHT);
  const ticks = [0, 0.5, 1].map((share) => {
    const at = y(share * most).toFixed(1);
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#ddd"/><text x="${LEFT - 6}" y="${at}" text-anchor="end" dominant-baseline="middle" fill="#555">${share * most}</text>`;
  });
  const times = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${x(share).toFixed(1)}" y="${bottom + 16}" text-anchor="middle" fill="#555">${trim(share * minutes)} min</text>`,
  );
  const names = lines.map(
    ({ name, color }, index) =>
      `<text x="${WIDTH - RIGHT + 10}" y="${top + TOP + 6 + 16 * index}" fill="${color}">${name}</text>`,
  );
  const paths = lines.map(
    ({ color, values }) =>
      `<path d="${pathOf(values, { x, y })}" fill="none" stroke="${color}" stroke-width="1.5"/>`,
  );
  const heading = `<text x="${LEFT}" y="${top + 20}" font-weight="bold">${title} (${unit})</text>`;
  return [heading, ...ticks, ...times, ...paths, ...names].join('\n');
}

function pathOf(
  values: readonly (number | null)[],
  { x, y }: { x: (share: number) => number; y: (value: number) => number },
): string {
  const last = Math.max(1, values.length - 1);
  let isDown = false;
  return values
    .map((value, index) => {
      if (value === null) {
        isDown = false;
        return '';
      }
      const command = isDown ? 'L' : 'M';
      isDown = true;
      return `${command}${x(index / last).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
}

function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 6, 8, 10].map((step) => step * magnitude).find((step) => step >= value)!;
}

const trim = (value: number): string => String(Math.round(value * 100) / 100);
