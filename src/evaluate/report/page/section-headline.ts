import type { CandidateReport, Estimate, Report } from '../../../schema/report.ts';
import {
  formatBytes,
  formatMilliseconds,
  formatPercent,
  formatSeconds,
  formatUsd,
  UNKNOWN,
} from '../../../util/format-number.ts';
import { formatInterval } from '../format-estimate.ts';
import {
  baselineName,
  inMetric,
  metricName,
  perHundred,
  protocolInWords,
  registrationInWords,
  reportedQuality,
  unreviewedInWords,
} from '../report-words.ts';
import { costBasisInWords } from '../report-remarks.ts';
import { html, type Html } from './html.ts';
import { drawWaffle } from './svg-waffle.ts';
import { leftOut, userText } from './user-text.ts';

const SENTENCES_SHOWN = 12;
const SENTENCE_LENGTH = 600;

/** What was chosen, how good it is in words, and what it means; or that nothing passed and what would be needed. */
export function renderHeadline(report: Report): Html {
  const chosen = report.candidates.find(({ name }) => name === report.choice.chosen) ?? null;
  const shown = chosen ?? report.candidates.find(({ name }) => name === report.choice.best) ?? null;
  return html`<header class="hero">
    <p class="overline">Homegrown report · task ${userText(report.task)} · ${startedInWords(report)}</p>
    <div class="hero-columns">
      <div>
        <h1>${chosen === null ? noneTitle(report) : title(report, chosen)}</h1>
        ${shown === null ? null : lead(report, shown, chosen !== null)}
        <p class="quiet">
          Measured on ${protocolInWords(report)}.${shown === null ? null : baselineSentence(report)}
        </p>
      </div>
      ${shown === null ? null : waffleFigure(headlineAccuracy(report, shown))}
    </div>
    ${labelsNote(report)}${chosen === null ? null : keyFigures(report, chosen)}
    ${sentences(chosen === null ? 'Why nothing was chosen' : 'Why this one', [...report.choice.reasons, ...report.measured.reasons], 'reasons')}
    ${sentences('What is needed', report.choice.needed, 'callout')}
    ${chosen === null ? null : html`<p class="quiet">${userText(chosen.name)} is ${registrationInWords(report)}.</p>`}
  </header>`;
}

/** What a reader must know before believing the figures. */
function labelsNote(report: Report): Html | null {
  const unreviewed = unreviewedInWords(report);
  return unreviewed === null ? null : html`<p class="callout">${unreviewed}.</p>`;
}

function title(report: Report, chosen: CandidateReport): Html {
  const name = html`<span class="name">${userText(chosen.name)}</span>`;
  const figure = report.choice.quality ?? inMetric(reportedQuality(chosen), report.metric);
  return report.metric === 'accuracy'
    ? html`${name} is right ${formatPercent(figure.value)} of the time`
    : html`${name} reaches a macro-F1 of ${formatPercent(figure.value)}`;
}

/** The accuracy to speak of: corrected for having been chosen where the report has that. */
function headlineAccuracy({ metric, choice }: Report, shown: CandidateReport): Estimate {
  const corrected = metric === 'accuracy' && shown.name === choice.chosen ? choice.quality : null;
  return corrected ?? reportedQuality(shown).accuracy;
}

function noneTitle(report: Report): string {
  return report.candidates.length === 0 ? 'No candidate was built' : 'No candidate passed yet';
}

function lead(report: Report, shown: CandidateReport, passed: boolean): Html {
  const accuracy = headlineAccuracy(report, shown);
  const whose = passed ? null : html`The best one so far is ${userText(shown.name)}: `;
  const sentence = perHundred(accuracy);
  return html`<p class="lead">
    ${whose}${passed ? sentence[0]!.toUpperCase() + sentence.slice(1) : sentence}. The range is the 95 %
    interval: what other samples of the same size would plausibly have shown.
  </p>`;
}

function baselineSentence(report: Report): string {
  const { value } = reportedQuality(report.baseline).accuracy;
  return ` For comparison: answering ${baselineName(report)} would be right ${formatPercent(value)} of the time.`;
}

function waffleFigure(accuracy: Estimate): Html {
  return html`<figure class="waffle-figure">
    ${drawWaffle(accuracy)}
    <figcaption>
      100 new inputs:
      <span class="legend-item"><span class="key sure"></span>right,</span>
      <span class="legend-item"><span class="key maybe"></span>within the interval,</span>
      <span class="legend-item"><span class="key not"></span>wrong</span>
    </figcaption>
  </figure>`;
}

function keyFigures(report: Report, chosen: CandidateReport): Html {
  const figure = report.choice.quality ?? inMetric(reportedQuality(chosen), report.metric);
  const { latency, costPer1kUsd, modelBytes, buildSeconds } = chosen.measured;
  const tiles: [string, string, string][] = [
    [metricName(report.metric), formatPercent(figure.value), `95 % interval ${formatInterval(figure)}`],
    [
      'p95 latency',
      latency === null ? UNKNOWN : formatMilliseconds(latency.p95Ms),
      latency === null ? 'not measured' : `half of the calls within ${formatMilliseconds(latency.p50Ms)}`,
    ],
    ['cost per 1,000 calls', formatUsd(costPer1kUsd), costBasisInWords(chosen.measured)],
    ['model size', formatBytes(modelBytes), 'all files of the candidate'],
    ['built in', formatSeconds(buildSeconds), 'tuning included'],
  ];
  return html`<dl class="tiles">
    ${tiles.map(
      ([name, value, note]) =>
        html`<div>
          <dt>${name}</dt>
          <dd class="figure">${value}</dd>
          <dd class="note">${userText(note, 160)}</dd>
        </div>`,
    )}
  </dl>`;
}

function sentences(heading: string, all: readonly string[], kind: string): Html | null {
  if (all.length === 0) return null;
  const shown = all.slice(0, SENTENCES_SHOWN);
  return html`<div class="${kind}">
    <h2 class="small">${heading}</h2>
    ${
      shown.length === 1
        ? html`<p>${userText(shown[0]!, SENTENCE_LENGTH)}</p>`
        : html`<ul>
            ${shown.map((text) => html`<li>${userText(text, SENTENCE_LENGTH)}</li>`)}
          </ul>`
    }
    ${leftOut(all.length - shown.length, 'sentences are')}
  </div>`;
}

function startedInWords({ measured }: Report): string {
  const time = new Date(measured.startedAt);
  if (Number.isNaN(time.getTime())) return 'time unknown';
  const options = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
  return `${new Intl.DateTimeFormat('en-GB', options).format(time)} UTC`;
}
