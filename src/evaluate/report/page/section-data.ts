import type { CurationFinding, DatasetSource } from '../../../schema/dataset-manifest.ts';
import type { Report } from '../../../schema/report.ts';
import { formatBytes, formatCount, formatCounted } from '../../../util/format-number.ts';
import { erasedInWords } from '../report-words.ts';
import { html, type Html } from './html.ts';
import { leftOut, scrollRegion, userText } from './user-text.ts';

const SOURCES_SHOWN = 30;
const CLASSES_SHOWN = 100;
const SEVERITY: Record<CurationFinding['severity'], string> = {
  ok: '✓ fine',
  note: 'i note',
  warning: '! look',
};

/** What was learned from: counts, splits, what curation found and did, and where it came from. */
export function renderData(report: Report): Html {
  const { dataset } = report;
  const { median, p95, max } = dataset.inputLength;
  const erased = erasedInWords(report);
  return html`<section id="data">
    <h2>Data</h2>
    ${erased === null ? null : html`<p class="callout">${erased}.</p>`}
    <p>
      ${formatCounted(dataset.rowsRead, 'row')} read, ${formatCounted(dataset.examples, 'example')} kept, in
      ${formatCounted(dataset.groups, 'group')} and
      ${formatCounted(dataset.classes.length, 'class', 'classes')}. Inputs have ${formatCount(median)}
      characters in the middle, ${formatCounted(p95, 'character')} at the 95th percentile, at most
      ${formatCount(max)}.
    </p>
    ${splitTable(report)}${curationTable(dataset.curation)}${classTable(report)}${sourceList(report)}
  </section>`;
}

function splitTable({ dataset, protocol }: Report): Html {
  const { train, validation, heldOut } = dataset.splits;
  const rows: [string, number, string][] = [
    ['train', train, 'models learn from it'],
    ['validation', validation, 'tunes and chooses'],
    ['held-out', heldOut, 'only reports: nobody trains or chooses on it'],
  ];
  const note =
    protocol.kind === 'cross-validation'
      ? html`<p class="note">
          There is too little data for fixed parts to say much, so this report used cross-validation over all
          of it; the parts below are where each example will belong as the data grows.
        </p>`
      : null;
  return html`${note}
    <table>
      <caption>
        The split, decided for ever by a hash of each example’s group
      </caption>
      <thead>
        <tr>
          <th scope="col">part</th>
          <th scope="col" class="n">examples</th>
          <th scope="col">what for</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, count, use]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td class="n">${formatCount(count)}</td>
              <td>${use}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function curationTable(findings: readonly CurationFinding[]): Html | null {
  if (findings.length === 0) return null;
  return html`${scrollRegion(
    'What curation found',
    html`<table class="curation">
      <caption>
        What curation found and did
      </caption>
      <thead>
        <tr>
          <th scope="col">check</th>
          <th scope="col">verdict</th>
          <th scope="col" class="n">found</th>
          <th scope="col" class="n">removed</th>
          <th scope="col">what it means</th>
        </tr>
      </thead>
      <tbody>
        ${findings.map(findingRow)}
      </tbody>
    </table>`,
  )}`;
}

function findingRow({ check, severity, count, removed, message, samples }: CurationFinding): Html {
  const examples =
    samples.length === 0
      ? null
      : html`<details>
          <summary>${formatCounted(samples.length, 'sample')}</summary>
          <ul>
            ${samples.map((sample) => html`<li>${userText(sample, 200)}</li>`)}
          </ul>
        </details>`;
  return html`<tr>
    <th scope="row">${userText(check.replaceAll('-', ' '), 40)}</th>
    <td><span class="severity ${severity}">${SEVERITY[severity]}</span></td>
    <td class="n">${formatCount(count)}</td>
    <td class="n">${formatCount(removed)}</td>
    <td class="text">${userText(message, 400)}${examples}</td>
  </tr> `;
}

function classTable({ dataset }: Report): Html {
  const shown = dataset.classes
    .toSorted((a, b) => b.train + b.validation + b.heldOut - (a.train + a.validation + a.heldOut))
    .slice(0, CLASSES_SHOWN);
  return html`<details>
    <summary>Examples of each class</summary>
    ${scrollRegion(
      'Examples of each class',
      html`<table class="sortable">
        <caption>
          Examples of each class by part, the largest class first
        </caption>
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col" class="n">train</th>
            <th scope="col" class="n">validation</th>
            <th scope="col" class="n">held-out</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (entry) =>
              html`<tr>
                <th scope="row">${userText(entry.label, 36)}</th>
                ${[entry.train, entry.validation, entry.heldOut].map((count) => html`<td class="n" data-v="${count}">${formatCount(count)}</td>`)}
              </tr> `,
          )}
        </tbody>
      </table>`,
    )}${leftOut(dataset.classes.length - shown.length, 'classes are')}
  </details>`;
}

function sourceList({ dataset }: Report): Html {
  const shown = dataset.sources.slice(0, SOURCES_SHOWN);
  return html`<details>
    <summary>Where it came from</summary>
    <ul class="hashes">
      ${shown.map(
        (source) =>
          html`<li>
            ${userText(source.file, 120)}: ${sourceFacts(source)} <code>${source.sha256.slice(0, 64)}</code>
          </li>`,
      )}
    </ul>
    ${leftOut(dataset.sources.length - shown.length, 'sources are')}
  </details>`;
}

function sourceFacts(source: DatasetSource): Html {
  const { bytes, rows } = source;
  if (source.format !== 'captured')
    return html`${source.format}, ${formatBytes(bytes)}, ${formatCounted(rows, 'row')}`;
  const { calls, labels, last, filter } = source;
  const made = Object.entries(labels).map(([by, count]) => `${formatCount(count)} ${by}`);
  return html`${calls === null ? 'calls' : formatCounted(calls, 'call')} up to
  ${last === null ? 'none' : userText(last, 40)}, ${formatCounted(rows, 'label')}
  (${made.join(', ') || 'none'}); asked for ${userText(JSON.stringify(filter), 300)}`;
}
