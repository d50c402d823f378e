import type { Report } from '../../../schema/report.ts';
import { notTriedTogether } from '../report-remarks.ts';
import { html, type Html } from './html.ts';
import { userText } from './user-text.ts';

/** Why the climb stopped, and the rungs it left out with what would change that. */
export function renderNotTried({ notTried, stopped }: Report): Html {
  return html`<section id="not-tried">
    <h2>Why it stopped, and what was not tried</h2>
    <p>${userText(stopped.message, 600)}</p>
    ${
      notTried.length === 0
        ? html`<p>Every rung of this task was tried.</p>`
        : html`<dl class="not-tried">
            ${notTriedTogether(notTried).map(
              ({ rungs, reason, hint }) =>
                html`<div>
                  <dt>${rungs.join(', ')}</dt>
                  <dd>
                    ${userText(reason, 400)}${hint === null ? null : html`<br /><span class="quiet">To change that: ${userText(hint, 400)}</span>`}
                  </dd>
                </div>`,
            )}
          </dl>`
    }
  </section>`;
}
