import type { Estimate } from '../../../schema/report.ts';
import { html, type Html } from './html.ts';
import { linearScale } from './svg-scale.ts';

const WIDTH = 132;
const HEIGHT = 22;

/** A dot with its interval as a line, on a scale shared by all rows of a table. Says nothing the numbers do not. */
export function drawInterval(quality: Estimate, domain: readonly [number, number], chosen: boolean): Html {
  const { at } = linearScale({ domain, range: [6, WIDTH - 6], ticks: 2 });
  const [low, high] = [at(quality.low ?? quality.value), at(quality.high ?? quality.value)];
  return html`<svg
    class="${chosen ? 'interval chosen' : 'interval'}"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    width="${WIDTH}"
    height="${HEIGHT}"
    aria-hidden="true"
  >
    <line class="track" x1="0" x2="${WIDTH}" y1="11" y2="11" />
    <line class="span" x1="${low}" x2="${Math.max(high, low + 1)}" y1="11" y2="11" />
    <circle cx="${at(quality.value)}" cy="11" r="4.5" />
  </svg>`;
}
