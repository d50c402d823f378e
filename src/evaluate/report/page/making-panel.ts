import type { CandidateReport } from '../../../schema/report.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatMilliseconds,
  formatSeconds,
  formatUsd,
  UNKNOWN,
} from '../../../util/format-number.ts';
import { costBasisInWords } from '../report-remarks.ts';
import { html, type Html, type HtmlValue } from './html.ts';
import { leftOut, userText } from './user-text.ts';

const NOTES_SHOWN = 20;
const FILES_SHOWN = 20;
const SETTINGS_LENGTH = 1500;

/** How a candidate was made, what it took, and the hashes that identify it. */
export function renderMaking(candidate: CandidateReport): Html {
  const { notes } = candidate.manifest;
  const shown = notes.slice(0, NOTES_SHOWN).map((note) => html`<li>${userText(note, 400)}</li>`);
  return html`<h3>How it was made</h3>
    ${
      shown.length > 0 &&
      html`<ul>
        ${shown}
      </ul>`
    }${leftOut(notes.length - shown.length, 'notes are')}
    <dl class="facts">
      ${factsOf(candidate).map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${settingsAndFiles(candidate)}`;
}

function factsOf({ manifest, measured }: CandidateReport): [string, HtmlValue][] {
  const { buildSeconds, buildUsd, cpuMsPerCall, costPer1kUsd } = measured;
  const facts: [string, HtmlValue][] = [
    ['rung', manifest.rung],
    ['trained on', formatCounted(manifest.lineage.trainedOn, 'example')],
    ['built in', `${formatSeconds(buildSeconds)}, money spent: ${formatUsd(buildUsd)}`],
    ['latency', latencyText(measured)],
    ['processor time', cpuMsPerCall === null ? UNKNOWN : `${formatMilliseconds(cpuMsPerCall)} per call`],
    ['cost per 1,000 calls', html`${formatUsd(costPer1kUsd)}; ${userText(costBasisInWords(measured), 160)}`],
    ['seed', String(manifest.lineage.seed)],
  ];
  const { captured } = manifest.lineage;
  if (captured !== undefined && captured.unreviewedLabels > 0) {
    facts.push(['unreviewed labels', `${formatCount(captured.unreviewedLabels)} in its data set`]);
  }
  if (manifest.upstreams.length > 0)
    facts.push(['calls upstreams', userText(manifest.upstreams.join(', '), 120)]);
  return facts;
}

function settingsAndFiles({ manifest }: CandidateReport): Html {
  const files = Object.entries(manifest.files);
  const settings = JSON.stringify(manifest.settings, null, 2);
  return html`<details>
    <summary>Settings and files</summary>
    <pre tabindex="0">${userText(settings, SETTINGS_LENGTH)}</pre>
    <ul class="hashes">
      ${files.slice(0, FILES_SHOWN).map(fileEntry)}
    </ul>
    ${leftOut(files.length - FILES_SHOWN, 'files are')}
  </details>`;
}

function fileEntry([path, { sha256, bytes }]: [string, { sha256: string; bytes: number }]): Html {
  return html`<li>${userText(path, 60)}, ${formatBytes(bytes)} <code>${sha256.slice(0, 64)}</code></li>`;
}

function latencyText({ latency }: CandidateReport['measured']): string {
  if (latency === null) return UNKNOWN;
  const { p50Ms, p95Ms, p99Ms, calls } = latency;
  return `p50 ${formatMilliseconds(p50Ms)}, p95 ${formatMilliseconds(p95Ms)}, p99 ${formatMilliseconds(p99Ms)}, over ${formatCount(calls)} calls one at a time`;
}
