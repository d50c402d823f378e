import type { Estimate } from '../../../schema/report.ts';
import { perHundred } from '../report-words.ts';
import { html, type Html } from './html.ts';

const CELL = 17;
const SIZE = 14;

/** A hundred squares for a hundred new inputs: surely right, between the interval's ends, and beyond. */
export function drawWaffle(quality: Estimate): Html {
  const low = Math.round((quality.low ?? quality.value) * 100);
  const high = Math.round((quality.high ?? quality.value) * 100);
  const cells = Array.from({ length: 100 }, (_, index) => {
    const kind = index < low ? 'sure' : index < high ? 'maybe' : 'not';
    const [column, row] = [index % 10, Math.floor(index / 10)];
    return html`<rect
      class="${kind}"
      x="${column * CELL + 1}"
      y="${row * CELL + 1}"
      width="${SIZE}"
      height="${SIZE}"
      rx="3"
    />`;
  });
  const edge = 10 * CELL;
  return html`<svg
    class="waffle"
    viewBox="0 0 ${edge} ${edge}"
    width="${edge}"
    height="${edge}"
    role="img"
    aria-label="${perHundred(quality)}"
  >
    ${cells}
  </svg>`;
}
