import type { CandidateReport, Estimate, Report } from '../../../schema/report.ts';
import {
  formatBytes,
  formatCount,
  formatMilliseconds,
  formatPercent,
  formatSeconds,
  formatUsd,
  UNKNOWN,
} from '../../../util/format-number.ts';
import { formatInterval, formatPoints } from '../format-estimate.ts';
import {
  inMetric,
  inPoints,
  limitsInWords,
  metricName,
  reportedQuality,
  standing,
  type Standing,
} from '../report-words.ts';
import { remarksOn } from '../report-remarks.ts';
import { html, type Html } from './html.ts';
import { drawInterval } from './svg-interval.ts';
import { padded } from './svg-scale.ts';
import { leftOut, scrollRegion, userText } from './user-text.ts';

const CANDIDATES_SHOWN = 50;
const REMARKS_SHOWN = 60;
const NAMES_SHOWN = 8;
const STANDING_CLASS: Record<Standing, string> = {
  best: '',
  'as good': 'good',
  worse: 'bad',
  unclear: 'quiet',
  'not compared': 'quiet',
};

/** Every candidate side by side with the baseline, and what keeps each from being chosen. */
export function renderCandidates(report: Report): Html {
  const shown = report.candidates.slice(0, CANDIDATES_SHOWN);
  const limits = limitsInWords(report);
  return html`<section id="candidates">
    <h2>Candidates</h2>
    <p>
      ${howChosen(report)} Chosen is the cheapest candidate within the limits that is shown to be at most
      ${inPoints(report.tolerance)} behind the
      best.${limits.length === 0 ? null : html` Limits of this task: ${limits.join('; ')}.`}
    </p>
    ${scrollRegion(
      'Candidates, table',
      html`<table class="candidates">
        <caption>
          ${metricName(report.metric)} with 95 % intervals, speed and cost
        </caption>
        ${head(report)}
        <tbody>
          ${shown.map((candidate) => candidateRow(report, candidate))}${baselineRow(report)}
        </tbody>
      </table>`,
    )}
    ${leftOut(report.candidates.length - shown.length, 'candidates are')}${remarks(report, shown)}
  </section>`;
}

function howChosen({ protocol }: Report): string {
  return protocol.kind === 'held-out'
    ? 'The choice was made on validation; held-out only reports.'
    : 'Each example was answered by models that had not seen it.';
}

function head(report: Report): Html {
  const metric = metricName(report.metric);
  const quality =
    report.protocol.kind === 'held-out'
      ? html`<th scope="col" class="n">${metric},<br />validation</th>
          <th scope="col" class="n">${metric},<br />held-out</th>`
      : html`<th scope="col" class="n">${metric},<br />out of fold</th>`;
  return html`<thead>
    <tr>
      <th scope="col">candidate</th>
      ${quality}
      <th class="plot" aria-hidden="true"></th>
      <th scope="col" class="n">points behind<br />the best</th>
      <th scope="col" class="n">p50</th>
      <th scope="col" class="n">p95</th>
      <th scope="col" class="n">cost per<br />1,000</th>
      <th scope="col" class="n">size</th>
      <th scope="col" class="n">built in</th>
      <th scope="col">within<br />limits</th>
    </tr>
  </thead>`;
}

function candidateRow(report: Report, candidate: CandidateReport): Html {
  const { latency, costPer1kUsd, costBasis, modelBytes, buildSeconds } = candidate.measured;
  const chosen = candidate.name === report.choice.chosen;
  return html`<tr class="${chosen ? 'chosen' : ''}">
    <th scope="row">
      ${userText(candidate.name, 26)}${chosen ? html` <span class="badge">chosen</span>` : null}
    </th>
    ${qualityCells(report, candidate, chosen)}${comparisonCell(report, candidate)}
    <td class="n">${latency === null ? UNKNOWN : formatMilliseconds(latency.p50Ms)}</td>
    <td class="n">${latency === null ? UNKNOWN : formatMilliseconds(latency.p95Ms)}</td>
    <td class="n" title="${costBasis.slice(0, 200)}">${formatUsd(costPer1kUsd)}</td>
    <td class="n">${formatBytes(modelBytes)}</td>
    <td class="n">${formatSeconds(buildSeconds)}</td>
    <td>${candidate.withinLimits ? 'yes' : html`<span class="bad">no</span>`}</td>
  </tr>`;
}

function qualityCells(
  report: Report,
  row: Pick<CandidateReport, 'validation' | 'heldOut'>,
  chosen: boolean,
): Html {
  const heldOut =
    report.protocol.kind === 'held-out'
      ? estimateCell(row.heldOut && inMetric(row.heldOut, report.metric))
      : null;
  const reported = inMetric(reportedQuality(row), report.metric);
  const [low, high] = intervalDomain(report);
  return html`${estimateCell(inMetric(row.validation, report.metric))}${heldOut}
    <td class="plot">
      ${report.candidates.length > 0 && reported.value >= low && drawInterval(reported, [low, high], chosen)}
    </td>`;
}

function estimateCell(estimate: Estimate | null): Html {
  if (estimate === null) return html`<td class="n">${UNKNOWN}</td>`;
  return html`<td class="n">${formatPercent(estimate.value)}<small>${formatInterval(estimate)}</small></td>`;
}

function comparisonCell(report: Report, candidate: CandidateReport): Html {
  const { comparison } = candidate;
  const place = standing(comparison, candidate.name === report.choice.best);
  if (comparison === null) return html`<td class="n">${place}</td>`;
  const [value, interval] = formatPoints(comparison.difference).split(' (');
  return html`<td class="n" title="paired on ${formatCount(comparison.examples)} examples both answered">
    ${value} <span class="${STANDING_CLASS[place]}">${place}</span
    ><small>${interval?.replace(')', '')}</small>
  </td>`;
}

function baselineRow(report: Report): Html {
  return html`<tr class="baseline">
    <th scope="row">
      always ${userText(report.baseline.label, 22)} <span class="badge plain">baseline</span>
    </th>
    ${qualityCells(report, report.baseline, false)}
    <td class="n">–</td>
    <td class="n">–</td>
    <td class="n">–</td>
    <td class="n">–</td>
    <td class="n">–</td>
    <td class="n">–</td>
    <td>–</td>
  </tr>`;
}

function intervalDomain(report: Report): [number, number] {
  const rows = report.candidates.map((row) => inMetric(reportedQuality(row), report.metric));
  const low = Math.min(...rows.map((estimate) => estimate.low ?? estimate.value));
  const high = Math.max(...rows.map((estimate) => estimate.high ?? estimate.value));
  return padded(low, Math.max(high, low + 0.01), 0.03);
}

function remarks(report: Report, shown: readonly CandidateReport[]): Html | null {
  const found = remarksOn(report, shown);
  if (found.length === 0) return null;
  return html`<ul class="remarks">
      ${found
        .slice(0, REMARKS_SHOWN)
        .map(
          ({ candidates, text }) =>
            html`<li><strong>${namesOf(candidates)}</strong>: ${userText(text, 300)}</li>`,
        )}
    </ul>
    ${leftOut(found.length - REMARKS_SHOWN, 'remarks are')}`;
}

function namesOf(candidates: readonly string[]): Html {
  const names = candidates.slice(0, NAMES_SHOWN);
  const more = candidates.length - names.length;
  return html`${names.map((name, index) => html`${index > 0 && ', '}${userText(name, 26)}`)}${more > 0 && ` and ${formatCount(more)} more`}`;
}
