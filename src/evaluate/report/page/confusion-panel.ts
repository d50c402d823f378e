import type { Quality } from '../../../schema/report.ts';
import { formatPercent, formatTally } from '../../../util/format-number.ts';
import { html, type Html } from './html.ts';
import { classesToDraw, drawHeatMap, HEAT_MAP_CLASSES, HEAT_STEPS } from './svg-heat-map.ts';
import { leftOut, scrollRegion, userText } from './user-text.ts';

const CONFUSIONS_SHOWN = 15;

interface Confusion {
  expected: number;
  predicted: number;
  count: number;
  share: number;
}

/** What a candidate takes for what: the commonest confusions as a list, all of them as a heat map. */
export function renderConfusion(quality: Quality, labels: readonly string[], candidate: string): Html {
  const confusions = confusionsOf(quality);
  const shown = classesToDraw(quality, labels);
  return html`<h3>What it confuses</h3>
    <div class="beside">
      <div>
        ${confusions.length === 0 ? html`<p class="empty">It made no mistakes on these examples.</p>` : confusionTable(confusions, labels)}${leftOut(confusions.length - CONFUSIONS_SHOWN, 'kinds of confusion are')}
      </div>
      <figure class="matrix">
        ${scrollRegion('Confusion matrix', drawHeatMap({ quality, labels, shown, candidate: candidate.slice(0, 80) }))}
        <figcaption>
          Rows: what was right. Columns: what it
          answered${quality.unusable > 0 && '; last column: unusable answers'}. Colour: share of the row.
          ${heatLegend()}${
            shown.length < labels.length
              ? html`Drawn are the ${HEAT_MAP_CLASSES} classes with the most mistakes;
                ${labels.length - shown.length} classes are left out.`
              : null
          }
        </figcaption>
      </figure>
    </div>`;
}

function confusionTable(confusions: readonly Confusion[], labels: readonly string[]): Html {
  return scrollRegion(
    'Commonest confusions',
    html`<table>
      <caption>
        Commonest confusions
      </caption>
      <thead>
        <tr>
          <th scope="col">right would be</th>
          <th scope="col">it answered</th>
          <th scope="col" class="n">times</th>
          <th scope="col" class="n">of its class</th>
        </tr>
      </thead>
      <tbody>
        ${confusions.slice(0, CONFUSIONS_SHOWN).map(
          ({ expected, predicted, count, share }) =>
            html`<tr>
              <td>${userText(labels[expected] ?? '?', 26)}</td>
              <td>
                ${predicted === labels.length ? html`<em>nothing usable</em>` : userText(labels[predicted] ?? '?', 26)}
              </td>
              <td class="n">${formatTally(count)}</td>
              <td class="n">${formatPercent(share)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
  );
}

function confusionsOf({ confusion }: Quality): Confusion[] {
  const found = confusion.flatMap((row, expected) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.flatMap((count, predicted) =>
      count > 0 && predicted !== expected ? [{ expected, predicted, count, share: count / total }] : [],
    );
  });
  return found.toSorted((a, b) => b.count - a.count || b.share - a.share);
}

function heatLegend(): Html {
  const steps = HEAT_STEPS.map((_, level) => level).slice(1);
  const ramp = (kind: string): Html =>
    html`${steps.map((level) => html`<span class="swatch ${kind}${level}"></span>`)}`;
  return html`<span class="ramp">right ${ramp('r')}</span> <span class="ramp">wrong ${ramp('w')}</span>
    <span class="ramp"
      >from ${formatPercent(HEAT_STEPS[1]!)} to ${formatPercent(HEAT_STEPS.at(-1)!)} and more.</span
    > `;
}
