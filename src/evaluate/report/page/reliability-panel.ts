import type { Quality } from '../../../schema/report.ts';
import { formatCount, formatPercent } from '../../../util/format-number.ts';
import { formatInterval } from '../format-estimate.ts';
import { html, type Html } from './html.ts';
import { drawReliability } from './svg-reliability.ts';

/** Whether "90 % sure" means right nine times in ten. */
export function renderReliability({ calibration }: Quality, candidate: string): Html {
  if (calibration === null || calibration.bins.every(({ count }) => count === 0)) {
    return html`<h3>Can its confidence be trusted?</h3>
      <p class="empty">This candidate gives no probabilities, so there is nothing to check.</p>`;
  }
  const { error, bins } = calibration;
  const surest = bins
    .filter(({ count }) => count > 0)
    .reduce((a, b) => (b.confidence > a.confidence ? b : a));
  return html`<h3>Can its confidence be trusted?</h3>
    <p>
      On average its confidence is off by ${(error.value * 100).toFixed(1)} points (95 % interval
      ${formatInterval(error)}). Where it was surest, ${formatPercent(surest.confidence)} on average, it was
      right ${formatPercent(surest.accuracy)} of ${formatCount(surest.count)} times. On the dashed line
      confidence and truth agree; below it the model is too sure of itself.
    </p>
    <div class="split">
      <figure>${drawReliability(bins, candidate.slice(0, 80))}</figure>
      <details open>
        <summary>The numbers behind this diagram</summary>
        <table>
          <caption>
            Answers by confidence
          </caption>
          <thead>
            <tr>
              <th scope="col" class="n">how sure</th>
              <th scope="col" class="n">share right</th>
              <th scope="col" class="n">answers</th>
            </tr>
          </thead>
          <tbody>
            ${bins.map(
              (bin) =>
                html`<tr>
                  <td class="n">${formatPercent(bin.confidence)}</td>
                  <td class="n">${bin.count === 0 ? '–' : formatPercent(bin.accuracy)}</td>
                  <td class="n">${formatCount(bin.count)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </details>
    </div>`;
}
