import type { CurationFinding, DatasetManifest, DatasetSource } from '../schema/dataset-manifest.ts';
import { countOf, formatCount, formatShare } from './quote-for-display.ts';
import { wrapText } from './wrap-text.ts';

const WIDTH = 96;
/** Classes shown in full; of more, the largest and the smallest. */
const MAX_CLASSES = 16;
const BAR = 24;

/** The data report for a terminal: what was read, what is in the version, what curation found. At most 96 columns. */
export function renderDataset(manifest: DatasetManifest): string {
  const sections = [
    overview(manifest),
    classTable(manifest),
    findingsSection(manifest.curation.filter(({ severity }) => severity !== 'ok')),
    passedChecks(manifest.curation),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function overview(manifest: DatasetManifest): string {
  const { train, validation, heldOut } = manifest.splits;
  const of = (part: number): string => `${formatCount(part)} (${formatShare(part, manifest.examples)})`;
  const { median, p95, max } = manifest.inputLength;
  const rows: [string, string][] = [
    ['Sources', describeSources(manifest.sources)],
    ['Columns', describeColumns(manifest.columns)],
    ['Rows read', formatCount(manifest.rowsRead)],
    ['Examples', `${formatCount(manifest.examples)} in ${countOf(manifest.groups, 'group')}`],
    ['Split', `train ${of(train)}, validation ${of(validation)}, held-out ${of(heldOut)}`],
    [
      'Input length',
      `median ${formatCount(median)}, 95 % up to ${formatCount(p95)}, longest ${formatCount(max)} characters`,
    ],
    ['Version', manifest.hash.slice(0, 16)],
  ];
  const lines = rows.flatMap(([name, value]) => {
    const [first = '', ...rest] = wrapText(value, WIDTH - 16);
    return [`  ${name.padEnd(14)}${first}`, ...rest.map((line) => `${' '.repeat(16)}${line}`)];
  });
  return [`Data of task "${manifest.task}"`, ...lines].join('\n');
}

function describeSources(sources: DatasetManifest['sources']): string {
  const files = sources.filter((source) => source.format !== 'captured');
  const bytes = files.reduce((sum, source) => sum + source.bytes, 0);
  const names =
    files.length <= 3
      ? files.map(({ file }) => file).join(', ')
      : `${files[0]!.file} and ${files.length - 1} more files`;
  const calls = sources.flatMap((source) => (source.format === 'captured' ? [describeCalls(source)] : []));
  return [...(files.length === 0 ? [] : [`${names} (${formatBytes(bytes)})`]), ...calls].join(', ');
}

function describeCalls({ file, calls, labels }: DatasetSource & { format: 'captured' }): string {
  const made = Object.entries(labels).map(([by, count]) => `${formatCount(count)} ${by}`);
  const labelled = made.length === 0 ? 'no labels' : `labels: ${made.join(', ')}`;
  return `${file} (${calls === null ? '' : `${countOf(calls, 'call')}; `}${labelled})`;
}

function describeColumns(columns: DatasetManifest['columns']): string {
  const named = Object.entries(columns).filter(([, column]) => column !== null);
  const used = named.map(([part, column]) => (part === column ? part : `${part} from "${column}"`));
  const without = columns.group === null ? '; no group: alike inputs stay together' : '';
  return `${used.join(', ')}${without}`;
}

function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

interface SizedClass {
  label: string;
  train: number;
  validation: number;
  heldOut: number;
  total: number;
}

function classTable({ classes, examples }: DatasetManifest): string {
  const sized = classes
    .map((entry) => ({ ...entry, total: entry.train + entry.validation + entry.heldOut }))
    .toSorted((a, b) => b.total - a.total || (a.label < b.label ? -1 : 1));
  const largest = sized[0]?.total ?? 0;
  const width = Math.min(32, Math.max(6, ...sized.map(({ label }) => displayLabel(label).length)));
  const header = `  ${'Output'.padEnd(width)}${['train', 'valid.', 'held-out', 'share'].map((name) => name.padStart(10)).join('')}`;
  const line = (entry: SizedClass): string => {
    const numbers = [entry.train, entry.validation, entry.heldOut].map((count) =>
      formatCount(count).padStart(10),
    );
    const bar = '█'.repeat(Math.max(1, Math.round((BAR * entry.total) / largest)));
    const share = formatShare(entry.total, examples).padStart(10);
    return `  ${displayLabel(entry.label).padEnd(width)}${numbers.join('')}${share}  ${bar}`;
  };
  if (sized.length <= MAX_CLASSES) return [header, ...sized.map(line)].join('\n');
  const shown = MAX_CLASSES / 2;
  const hidden = sized.slice(shown, -shown);
  const between = `  … ${countOf(hidden.length, 'more output')} with ${formatCount(hidden[hidden.length - 1]!.total)} to ${formatCount(hidden[0]!.total)} examples`;
  return [header, ...sized.slice(0, shown).map(line), between, ...sized.slice(-shown).map(line)].join('\n');
}

function displayLabel(label: string): string {
  const plain = JSON.stringify(label).slice(1, -1).replaceAll('\\"', '"');
  return plain.length > 32 ? `${plain.slice(0, 31).toWellFormed()}…` : plain;
}

function findingsSection(findings: readonly CurationFinding[]): string {
  if (findings.length === 0) return '';
  const ordered = findings.toSorted((a, b) =>
    a.severity === b.severity ? 0 : a.severity === 'warning' ? -1 : 1,
  );
  return ['To know about this data', ...ordered.map(renderFinding)].join('\n');
}

function renderFinding({ check, severity, message, samples }: CurationFinding): string {
  const mark = severity === 'warning' ? '!' : '-';
  const [first = '', ...rest] = wrapText(`${check}: ${message}`, WIDTH - 4);
  const shown = samples.slice(0, 3).flatMap((sample) => {
    const [head = '', ...tail] = wrapText(sample, WIDTH - 8);
    return [`      ${head}`, ...tail.map((line) => `        ${line}`)];
  });
  return [`  ${mark} ${first}`, ...rest.map((line) => `    ${line}`), ...shown].join('\n');
}

function passedChecks(findings: readonly CurationFinding[]): string {
  const passed = findings.filter(({ severity }) => severity === 'ok').map(({ check }) => check);
  if (passed.length === 0) return '';
  const lines = wrapText(passed.join(', '), WIDTH - 4);
  return ['Checked, nothing to report', ...lines.map((line) => `  ${line}`)].join('\n');
}
