import type { Quality } from '../../../schema/report.ts';
import { formatPercent, formatTally } from '../../../util/format-number.ts';
import { html, type Html } from './html.ts';
import { textWidth } from './svg-labels.ts';
import { drawnText } from './user-text.ts';

/** Shares of a row at which the next, stronger colour begins. */
export const HEAT_STEPS: readonly number[] = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7];
/** Classes drawn at most; the rest is left out and said. */
export const HEAT_MAP_CLASSES = 50;
const NUMBERED_CLASSES = 12;
const LABEL_LENGTH = 19;
const FONT = 12;

/** The confusion matrix of the classes at `shown`, coloured by share of the row: right answers blue, wrong ones orange. */
export function drawHeatMap(options: {
  quality: Quality;
  labels: readonly string[];
  shown: readonly number[];
  candidate: string;
}): Html {
  const { quality, labels, shown, candidate } = options;
  const numbered = shown.length <= NUMBERED_CLASSES;
  const cell = numbered ? 46 : shown.length > 30 ? 13 : 16;
  const names = shown.map((index) => drawnText(labels[index]!, LABEL_LENGTH));
  const margin = 12 + Math.min(150, Math.max(70, ...names.map((name) => textWidth(name, FONT))));
  const unusableAt = margin + shown.length * cell + 8;
  const width = quality.unusable > 0 ? unusableAt + cell + 2 : unusableAt;
  const height = margin + shown.length * cell + 8;
  const rows = shown.map((expected, row) =>
    drawRow({
      quality,
      labels,
      shown,
      expected,
      top: margin + row * cell,
      left: margin,
      cell,
      numbered,
      unusableAt,
    }),
  );
  return html`<svg
    class="heat"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
    aria-label="Confusion matrix of ${candidate}; the commonest confusions are in the table beside it"
  >
    ${names.map(
      (name, index) =>
        html`<text x="${margin - 6}" y="${margin + (index + 0.5) * cell + 4}" text-anchor="end">${name}</text>
          <text transform="translate(${margin + (index + 0.5) * cell + 4} ${margin - 6}) rotate(-90)"
            >${name}</text
          >`,
    )}
    ${
      quality.unusable > 0 &&
      html`<text transform="translate(${unusableAt + cell / 2 + 4} ${margin - 6}) rotate(-90)"
        >unusable</text
      >`
    }
    ${rows}
  </svg>`;
}

function drawRow(row: {
  quality: Quality;
  labels: readonly string[];
  shown: readonly number[];
  expected: number;
  top: number;
  left: number;
  cell: number;
  numbered: boolean;
  unusableAt: number;
}): Html {
  const { quality, labels, shown, expected, top, left, cell, numbered } = row;
  const counts = quality.confusion[expected] ?? [];
  const total = counts.reduce((sum, count) => sum + count, 0);
  const places = [
    ...shown.map((predicted, column) => ({ predicted, x: left + column * cell })),
    { predicted: labels.length, x: row.unusableAt },
  ];
  const faint: Html[] = [];
  const cells = places.map(({ predicted, x }) => {
    const count = counts[predicted] ?? 0;
    const share = total === 0 ? 0 : count / total;
    const level = heatLevel(share);
    const square = html`M${x} ${top}h${cell - 1}v${cell - 1}h-${cell - 1}z`;
    if (count === 0 || (level === 0 && !numbered)) {
      if (count > 0 || predicted === expected) faint.push(square);
      return null;
    }
    const kind = predicted === expected ? 'r' : 'w';
    const number = numbered
      ? html`<text
          class="${level >= 5 ? 'on-dark' : 'on-light'}"
          x="${x + cell / 2}"
          y="${top + cell / 2 + 4}"
          text-anchor="middle"
          >${formatTally(count)}</text
        >`
      : null;
    return html`<path class="${kind}${level}" d="${square}"
        ><title>${describe(labels, expected, predicted, count, share)}</title></path
      >${number}`;
  });
  return html`${faint.length > 0 ? html`<path class="w0" d="${faint}" />` : null}${cells}`;
}

/** The classes worth drawing, in label order: all, or those with the most wrong answers to or from them. */
export function classesToDraw({ confusion }: Quality, labels: readonly string[]): number[] {
  const all = labels.map((_, index) => index);
  if (labels.length <= HEAT_MAP_CLASSES) return all;
  const wrong = all.map(() => 0);
  for (const [expected, row] of confusion.entries()) {
    for (const [predicted, count] of row.entries()) {
      if (predicted === expected || expected >= wrong.length) continue;
      wrong[expected]! += count;
      if (predicted < wrong.length) wrong[predicted]! += count;
    }
  }
  return all
    .toSorted((a, b) => wrong[b]! - wrong[a]! || a - b)
    .slice(0, HEAT_MAP_CLASSES)
    .toSorted((a, b) => a - b);
}

function heatLevel(share: number): number {
  return HEAT_STEPS.findLastIndex((step) => share >= step);
}

function describe(
  labels: readonly string[],
  expected: number,
  predicted: number,
  count: number,
  share: number,
): string {
  const [from, to] = [labels[expected] ?? '', labels[predicted] ?? 'nothing usable'].map((text) =>
    drawnText(text, 40),
  );
  return `${from} answered as ${to}: ${formatTally(count)} (${formatPercent(share)})`;
}
