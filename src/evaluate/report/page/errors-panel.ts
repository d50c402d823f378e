import type { CandidateReport } from '../../../schema/report.ts';
import { formatCount, formatCounted, formatPercent } from '../../../util/format-number.ts';
import { shorten } from '../../../util/visible-text.ts';
import { html, type Html } from './html.ts';
import { leftOut, userText } from './user-text.ts';

const ERRORS_OPEN = 8;
const ERRORS_SHOWN = 30;
const INPUT_LENGTH = 400;

/** Mistakes to read: often the label is wrong, not the model. */
export function renderErrors(errors: CandidateReport['errors']): Html {
  if (errors.length === 0)
    return html`<h3>Mistakes to read</h3>
      <p class="empty">No mistakes were recorded.</p>`;
  const shown = errors.slice(0, ERRORS_SHOWN);
  const rest = shown.slice(ERRORS_OPEN);
  return html`<h3>Mistakes to read</h3>
    <p>
      The surest mistakes come first. Where you would have answered as the model did, the label may be wrong,
      and fixing labels is the cheapest way to more quality.
    </p>
    <ol class="errors">
      ${shown.slice(0, ERRORS_OPEN).map(renderError)}
    </ol>
    ${
      rest.length > 0 &&
      html`<details>
        <summary>${formatCounted(rest.length, 'more mistake')}</summary>
        <ol class="errors">
          ${rest.map(renderError)}
        </ol>
      </details>`
    }
    ${leftOut(errors.length - shown.length, 'mistakes are')}`;
}

function renderError({ input, expected, predicted, confidence }: CandidateReport['errors'][number]): Html {
  const cut = input.length > INPUT_LENGTH;
  const sure =
    confidence === null ? null : html` <span class="quiet">(${formatPercent(confidence)} sure)</span>`;
  return html`<li>
    <blockquote dir="auto">${shorten(input, INPUT_LENGTH)}</blockquote>
    ${cut ? html`<p class="note">first part of ${formatCount(input.length)} characters</p>` : null}
    <p>
      <span class="tag">labelled</span> ${userText(expected)}
      <span class="tag">answered</span>
      ${predicted === null ? html`<em>nothing usable</em>` : userText(predicted)}${sure}
    </p>
  </li> `;
}
