import type { Report } from '../../../schema/report.ts';
import {
  formatBytes,
  formatCounted,
  formatSeconds,
  formatUsd,
  UNKNOWN,
} from '../../../util/format-number.ts';
import { registrationInWords } from '../report-words.ts';
import { html, type Html, type HtmlValue } from './html.ts';
import { userText } from './user-text.ts';

/** Budget, machine, and what is needed to make the same again. */
export function renderLineage(report: Report): Html {
  const { measured, budget, dataset } = report;
  const seeds = [...new Set(report.candidates.map(({ manifest }) => manifest.lineage.seed))];
  const facts: [string, HtmlValue][] = [
    ['time', `${formatSeconds(measured.seconds)} of ${formatSeconds(budget.minutes * 60)} allowed`],
    [
      'money',
      `${formatUsd(measured.usd)}; ${budget.usd === null ? 'no limit set' : `at most ${formatUsd(budget.usd)} allowed`}`,
    ],
    ['peak memory', formatBytes(measured.peakMemoryBytes)],
    ['machine', html`${userText(measured.cpu, 80)}, ${formatCounted(measured.cores, 'core')}`],
    ['software', html`Homegrown ${userText(report.homegrown, 30)}, Node ${userText(measured.node, 30)}`],
    ['started', userText(measured.startedAt, 40)],
    ['run', html`<code>${userText(report.run, 80)}</code>`],
    ['data-set version', html`<code>${dataset.hash.slice(0, 64)}</code>`],
    ['seed', seeds.length === 0 ? UNKNOWN : seeds.slice(0, 20).join(', ')],
    ['registry', registrationInWords(report)],
  ];
  return html`<section id="lineage">
    <h2>Budget, machine and lineage</h2>
    <p>
      The same data-set version, configuration and seed give the same model files, bit for bit. Times and
      costs are measurements and differ from run to run.
    </p>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}
