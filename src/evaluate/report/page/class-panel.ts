import type { Estimate, Quality } from '../../../schema/report.ts';
import { formatCount, formatPercent, UNKNOWN } from '../../../util/format-number.ts';
import { formatInterval } from '../format-estimate.ts';
import { html, type Html } from './html.ts';
import { leftOut, scrollRegion, userText } from './user-text.ts';

const CLASSES_SHOWN = 100;

/** Quality of each class, the largest first; a small script makes the columns sortable. */
export function renderClasses({ classes }: Quality): Html {
  const shown = classes.toSorted((a, b) => b.support - a.support).slice(0, CLASSES_SHOWN);
  return html`<h3>Class by class</h3>
    <p>
      Recall: of the examples of this class, how many it found. Precision: when it answers this class, how
      often that is right. Classes with few examples have wide intervals.
    </p>
    ${scrollRegion(
      'Quality of each class',
      html`<table class="sortable">
        <caption>
          Quality of each class, with 95 % intervals
        </caption>
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col" class="n" aria-sort="descending">examples</th>
            <th scope="col" class="n">recall</th>
            <th scope="col" class="n">precision</th>
            <th scope="col" class="n">F1</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (entry) =>
              html`<tr>
                <th scope="row">${userText(entry.label, 36)}</th>
                <td class="n" data-v="${entry.support}">${formatCount(entry.support)}</td>
                ${cell(entry.recall)}${cell(entry.precision)}${cell(entry.f1)}
              </tr> `,
          )}
        </tbody>
      </table>`,
    )}${leftOut(classes.length - shown.length, 'classes (those with the fewest examples) are')}`;
}

function cell(estimate: Estimate | null): Html {
  if (estimate === null) return html`<td class="n" data-v="-1">${UNKNOWN}</td>`;
  return html`<td class="n" data-v="${estimate.value.toFixed(5)}">
    ${formatPercent(estimate.value)} <i>${formatInterval(estimate)}</i>
  </td>`;
}
