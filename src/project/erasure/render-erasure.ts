import type { ErasureRecord } from '../../schema/erasure.ts';
import { formatCounted } from '../../util/format-number.ts';
import { layOutEntry } from '../../util/terminal-layout.ts';

const COLUMNS = 92;

/** What an erasure did, or would do, for a terminal. */
export function renderErasure(record: ErasureRecord): string {
  const { id, dryRun, subject, by, datasets, reports, models, trainedOn, yours } = record;
  const rows: [string, string][] = [
    [
      'Captures',
      `${formatCounted(record.captures, 'call')}, ${formatCounted(record.feedback, 'feedback', 'feedback')}`,
    ],
    ...datasets.map(({ hash, examples, rewrittenAs }): [string, string] => [
      'Data set',
      `${hash.slice(0, 12)}: ${formatCounted(examples, 'example')} of it; ${restInWords(rewrittenAs, dryRun)}`,
    ]),
    ['Cache', formatCounted(record.cachedCalls, 'remembered upstream call')],
    ...reports.map(({ task, run, samples }): [string, string] => [
      'Report',
      `${task}/${run}: ${formatCounted(samples, 'sample')} left out`,
    ]),
    ...models.map(({ task, version, examples, replacedBy }): [string, string] => [
      'Model',
      `${task}@${version} held ${formatCounted(examples, 'example')}; ${replacedBy === null ? 'it would be replaced' : `${task}@${replacedBy} takes its place without them`}`,
    ]),
    [
      'Leftovers',
      `${formatCounted(record.runFiles, 'file')} of runs, ${formatCounted(record.temporaryFiles, 'other file')}`,
    ],
    ...(trainedOn.length === 0 ? [] : [['Trained on', trainedInWords(trainedOn)] satisfies [string, string]]),
    ...yours.map((file): [string, string] => [
      'Yours',
      `${file} holds traces; it is not Homegrown’s to change`,
    ]),
  ];
  const title = dryRun
    ? `Would erase of this ${subject.kind}:`
    : `Erased a ${subject.kind}, asked for by ${by}; record ${id}:`;
  return [title, ...rows.flatMap(([name, text]) => layOutEntry(`  ${name.padEnd(12)}`, text, COLUMNS))].join(
    '\n',
  );
}

function restInWords(rewrittenAs: string | null, dryRun: boolean): string {
  if (dryRun) return 'the rest would be a new version';
  return rewrittenAs === null ? 'nothing was left' : `the rest is version ${rewrittenAs.slice(0, 12)}`;
}

function trainedInWords(models: ErasureRecord['trainedOn']): string {
  const names = models.map(({ task, version }) => `${task}@${version}`);
  return `${names.join(', ')}: their training saw these examples; \`homegrown climb\` makes one that has not`;
}
