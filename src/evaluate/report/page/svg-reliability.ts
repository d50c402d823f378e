import type { Quality } from '../../../schema/report.ts';
import { formatCount, formatPercent } from '../../../util/format-number.ts';
import { html, type Html } from './html.ts';
import { linearScale } from './svg-scale.ts';

type Bins = NonNullable<Quality['calibration']>['bins'];

const WIDTH = 328;
const PLOT = { left: 46, top: 12, right: 306, bottom: 282 };
const COUNTS = { top: 300, bottom: 352 };
const HEIGHT = 398;

/** How often answers were right against how sure they were, with the number of answers in each bin below. */
export function drawReliability(bins: Bins, candidate: string): Html {
  const x = linearScale({ domain: [0, 1], range: [PLOT.left, PLOT.right], ticks: 5 });
  const y = linearScale({ domain: [0, 1], range: [PLOT.bottom, PLOT.top], ticks: 5 });
  const filled = bins.filter(({ count }) => count > 0);
  const most = Math.max(1, ...filled.map(({ count }) => count));
  const path = filled.map(
    (bin, index) => html`${index === 0 ? 'M' : 'L'}${x.at(bin.confidence)} ${y.at(bin.accuracy)}`,
  );
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    width="${WIDTH}"
    height="${HEIGHT}"
    role="img"
    aria-label="Reliability of ${candidate}: share right against stated confidence; the numbers are in the table below"
  >
    <g class="axis">
      ${y.ticks.map(
        (tick) =>
          html`<line
              class="grid"
              x1="${PLOT.left}"
              x2="${PLOT.right}"
              y1="${y.at(tick)}"
              y2="${y.at(tick)}"
            /><text x="${PLOT.left - 7}" y="${y.at(tick) + 4}" text-anchor="end">${tick * 100} %</text>`,
      )}${x.ticks.map(
        (tick) =>
          html`<text x="${x.at(tick)}" y="${COUNTS.bottom + 17}" text-anchor="middle">${tick * 100} %</text>`,
      )}
      <text class="axis-title" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">
        how sure it was
      </text>
      <text class="axis-title" x="${PLOT.left + 8}" y="${PLOT.top + 12}">share right</text>
      <text x="${PLOT.left - 7}" y="${COUNTS.top + 10}" text-anchor="end">${formatCount(most)}</text>
      <text class="axis-title" x="${PLOT.left + 8}" y="${COUNTS.top + 10}">answers</text>
      <line class="tick" x1="${PLOT.left}" x2="${PLOT.right}" y1="${COUNTS.bottom}" y2="${COUNTS.bottom}" />
    </g>
    <line class="ideal" x1="${x.at(0)}" y1="${y.at(0)}" x2="${x.at(1)}" y2="${y.at(1)}" />
    <path class="curve" d="${path}" />
    ${filled.map(
      (bin) =>
        html`<circle class="dot" cx="${x.at(bin.confidence)}" cy="${y.at(bin.accuracy)}" r="4"
            ><title>${describe(bin)}</title></circle
          >
          <rect
            class="bar"
            x="${x.at(bin.confidence) - 3}"
            width="6"
            y="${COUNTS.bottom - (bin.count / most) * (COUNTS.bottom - COUNTS.top - 14)}"
            height="${(bin.count / most) * (COUNTS.bottom - COUNTS.top - 14)}"
            ><title>${describe(bin)}</title></rect
          >`,
    )}
  </svg>`;
}

function describe({ confidence, accuracy, count }: Bins[number]): string {
  return `sure to ${formatPercent(confidence)} on average: right ${formatPercent(accuracy)} of ${formatCount(count)}`;
}
