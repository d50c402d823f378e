import type { CandidateReport, Report } from '../../../schema/report.ts';
import { formatMilliseconds, formatPercent, formatUsd } from '../../../util/format-number.ts';
import { formatEstimate } from '../format-estimate.ts';
import { inMetric, metricName, reportedQuality } from '../report-words.ts';
import { html, type Html } from './html.ts';
import { drawTradeOff, type TradeOffChart, type TradeOffPoint } from './svg-trade-off.ts';
import { userText } from './user-text.ts';

const POINTS_DRAWN = 16;

/** Quality against latency and quality against cost: is the dearer candidate worth it? */
export function renderTradeOffs(report: Report): Html | null {
  if (report.candidates.length === 0) return null;
  return html`<section id="trade-offs">
    <h2>Is more quality worth its price?</h2>
    <p>
      Up is better, left is faster or cheaper. Vertical lines are 95 % intervals; horizontal ones reach from
      the median call to the 95th percentile. The shaded side breaks a limit of this task.
    </p>
    <div class="pair">${latencyFigure(report)}${costFigure(report)}</div>
    <p class="legend">
      <span class="dot chosen"></span> chosen <span class="dot"></span> within limits
      <span class="dot outside"></span> outside a limit
    </p>
  </section>`;
}

function latencyFigure(report: Report): Html {
  const known = report.candidates.filter(
    ({ measured }) => measured.latency !== null && measured.latency.p50Ms > 0,
  );
  const points = known.slice(0, POINTS_DRAWN).map((candidate) => {
    const { p50Ms, p95Ms } = candidate.measured.latency!;
    return pointOf(report, candidate, {
      x: p50Ms,
      xHigh: Math.max(p95Ms, p50Ms),
      text: `${formatMilliseconds(p50Ms)} p50, ${formatMilliseconds(p95Ms)} p95`,
    });
  });
  const missing = report.candidates.filter((candidate) => !known.includes(candidate));
  return figure({
    heading: 'Quality against latency',
    chart: {
      title: `${metricName(report.metric)} against latency of one call, logarithmic; the numbers are in the table of candidates`,
      xTitle: 'time of one call (logarithmic)',
      yTitle: metricName(report.metric),
      points,
      formatX: (value) => formatMilliseconds(value).replace('.0 ', ' '),
      tickWidth: 62,
      xLimit: report.limits.p95LatencyMs,
      yLimit: report.minQuality,
    },
    caption: html`${baselineCaption(report)}${missingCaption('Latency unknown', missing)}${undrawnCaption(known.length)}`,
    empty: 'No latency was measured.',
  });
}

function costFigure(report: Report): Html {
  const known = report.candidates.filter(({ measured }) => (measured.costPer1kUsd ?? 0) > 0);
  const free = report.candidates.filter(({ measured }) => measured.costPer1kUsd === 0);
  const unknown = report.candidates.filter(({ measured }) => measured.costPer1kUsd === null);
  const points = known.slice(0, POINTS_DRAWN).map((candidate) => {
    const cost = candidate.measured.costPer1kUsd!;
    return pointOf(report, candidate, { x: cost, xHigh: null, text: `${formatUsd(cost)} per 1,000` });
  });
  return figure({
    heading: 'Quality against cost',
    chart: {
      title: `${metricName(report.metric)} against cost per 1,000 calls, logarithmic; the numbers are in the table of candidates`,
      xTitle: 'US dollars per 1,000 calls (logarithmic)',
      yTitle: metricName(report.metric),
      points,
      formatX: plainUsd,
      tickWidth: 84,
      xLimit: report.limits.costPer1kUsd,
      yLimit: report.minQuality,
    },
    caption: html`${missingCaption('Cost $0, so not on a logarithmic axis', free)}${missingCaption('Cost unknown', unknown)}${undrawnCaption(known.length)}`,
    empty:
      'No cost is known. Set machine.usdPerHour (own models) and a price for each upstream in homegrown.config.ts to see this chart.',
  });
}

function figure(parts: { heading: string; chart: TradeOffChart; caption: Html; empty: string }): Html {
  const drawing =
    parts.chart.points.length === 0
      ? html`<p class="empty">${parts.empty}</p>`
      : html`<div class="wide">${drawTradeOff(parts.chart, 520, 370)}</div>
          <div class="narrow">${drawTradeOff(parts.chart, 328, 340)}</div>`;
  return html`<figure>
    <h3>${parts.heading}</h3>
    ${drawing}
    <figcaption>${parts.caption}</figcaption>
  </figure>`;
}

function pointOf(
  report: Report,
  candidate: CandidateReport,
  place: { x: number; xHigh: number | null; text: string },
): TradeOffPoint {
  const quality = inMetric(reportedQuality(candidate), report.metric);
  return {
    name: candidate.name,
    quality,
    x: place.x,
    xHigh: place.xHigh,
    chosen: candidate.name === report.choice.chosen,
    withinLimits: candidate.withinLimits,
    description: `${candidate.name.slice(0, 80)}: ${formatEstimate(quality)}, ${place.text}`,
  };
}

function baselineCaption(report: Report): Html {
  const { value } = inMetric(reportedQuality(report.baseline), report.metric);
  return html`The baseline is at ${formatPercent(value)}. `;
}

function missingCaption(heading: string, missing: readonly CandidateReport[]): Html | null {
  if (missing.length === 0) return null;
  const names = missing
    .slice(0, POINTS_DRAWN)
    .map(({ name }, index) => html`${index > 0 ? ', ' : ''}${userText(name, 26)}`);
  return html`${heading}: ${names}. `;
}

function undrawnCaption(count: number): string | null {
  return count > POINTS_DRAWN ? `${count - POINTS_DRAWN} more candidates are in the table only. ` : null;
}

/** A tick's amount without rounding, however small: `$0.000001`, `$0.2`, `$50`. */
function plainUsd(value: number): string {
  const decimals = Math.max(0, -Math.floor(Math.log10(value) + 1e-9));
  return `$${value >= 1 ? value.toLocaleString('en-US') : value.toFixed(Math.min(decimals, 12))}`;
}
