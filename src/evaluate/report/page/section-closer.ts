import type { CandidateReport, Report } from '../../../schema/report.ts';
import { formatCounted } from '../../../util/format-number.ts';
import { formatEstimate } from '../format-estimate.ts';
import { reportedQuality } from '../report-words.ts';
import { renderClasses } from './class-panel.ts';
import { renderConfusion } from './confusion-panel.ts';
import { renderErrors } from './errors-panel.ts';
import { html, type Html } from './html.ts';
import { renderMaking } from './making-panel.ts';
import { renderReliability } from './reliability-panel.ts';
import { leftOut, userText } from './user-text.ts';

/** Candidates that get a panel of their own; the style sheet has a rule for each. */
export const PANELS = 12;

/** One candidate at a time: confusions, classes, reliability, mistakes, making. Switched without a script. */
export function renderCloser(report: Report): Html | null {
  const shown = panelOrder(report).slice(0, PANELS);
  if (shown.length === 0) return null;
  return html`<section id="closer">
    <h2>Look closer</h2>
    <fieldset class="switch">
      <legend>Candidate</legend>
      ${shown.map(
        ({ name }, index) =>
          html`<span
            ><input
              type="radio"
              name="panel"
              id="panel-${index}"
              ${index === 0 ? html` checked` : null}
            /><label for="panel-${index}">${userText(name, 26)}</label></span
          >`,
      )}
    </fieldset>
    ${leftOut(report.candidates.length - shown.length, 'candidates are')}
    <div class="panels">${shown.map((candidate, index) => renderPanel(report, candidate, index))}</div>
  </section>`;
}

function renderPanel(report: Report, candidate: CandidateReport, index: number): Html {
  const quality = reportedQuality(candidate);
  const split = candidate.heldOut === null ? 'answered out of fold' : 'of the held-out set';
  return html`<article class="panel panel-${index}" aria-label="Candidate ${candidate.name.slice(0, 80)}">
    <p class="lead">
      ${userText(candidate.name, 40)}: accuracy ${formatEstimate(quality.accuracy)}, macro-F1
      ${formatEstimate(quality.macroF1)}, on ${formatCounted(quality.examples, 'example')} from
      ${formatCounted(quality.groups, 'group')} ${split}.
    </p>
    ${renderConfusion(quality, report.labels, candidate.name)} ${renderClasses(quality)}
    ${renderReliability(quality, candidate.name)} ${renderErrors(candidate.errors)} ${renderMaking(candidate)}
  </article>`;
}

/** The chosen one first, then the best, then the rest as they were built. */
function panelOrder({ candidates, choice }: Report): CandidateReport[] {
  const rank = ({ name }: CandidateReport): number =>
    name === choice.chosen ? 0 : name === choice.best ? 1 : 2;
  return candidates.toSorted((a, b) => rank(a) - rank(b));
}
