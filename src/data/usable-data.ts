import { HomegrownError } from '../errors/homegrown-error.ts';
import { quoteLabel } from './bad-lines.ts';
import type { ColumnPlan } from './column-plan.ts';
import type { CurationTally } from './curation-findings.ts';
import type { Ingested } from './ingest-sources.ts';
import { countOf } from './quote-for-display.ts';
import type { VersionStatistics } from './version-statistics.ts';

/** Throws when what is left after curation cannot be learned from: nothing, one class, or one group. */
export function assertUsable(
  ingested: Ingested,
  tally: CurationTally,
  statistics: VersionStatistics,
  groups: number,
  plan: ColumnPlan,
): void {
  const where = ingested.sources.map(({ file }) => file).join(', ');
  if (statistics.examples === 0) throw noExamples(where, ingested, tally);
  const classes = statistics.classes();
  if (classes.length === 1) {
    throw new HomegrownError({
      code: 'data/single-class',
      kind: 'refused',
      message: 'there is nothing to tell apart',
      where,
      expected: 'at least two different outputs',
      found: `one, ${quoteLabel(classes[0]!.label)}, in ${countOf(statistics.examples, 'example')}`,
      hint: `Add examples with other outputs, or name the right column in the task’s config: columns: { output: "…" } (now ${JSON.stringify(plan.output)})`,
    });
  }
  if (groups === 1) throw singleGroup(where, statistics.examples, plan);
}

function noExamples(
  where: string,
  { rowsRead, badLines, sources, findings }: Ingested,
  tally: CurationTally,
): HomegrownError {
  if (rowsRead === 0 && sources.every(({ format }) => format === 'captured'))
    return noLabels(where, findings);
  const reasons = [
    [badLines.count, 'bad'],
    [tally.emptyInputs, 'with an empty input'],
    [tally.overLongInputs, 'with an over-long input'],
    [tally.conflictsRemoved, 'with contradicting outputs'],
    [tally.duplicates, 'copies'],
  ] as const;
  const counted = reasons.filter(([count]) => count > 0).map(([count, reason]) => `${count} ${reason}`);
  return new HomegrownError({
    code: 'data/no-examples',
    message: 'no usable example is left',
    where,
    expected: 'at least two examples with different outputs',
    found: `${countOf(rowsRead, 'row')}${counted.length > 0 ? `: ${counted.join(', ')}` : ''}`,
    hint: 'Check that the columns for input and output are the right ones.',
  });
}

/** Nothing but captured calls, and none of them has a label. */
function noLabels(where: string, findings: Ingested['findings']): HomegrownError {
  return new HomegrownError({
    code: 'data/no-labelled-calls',
    kind: 'refused',
    message: findings.length === 0 ? 'no captured call is this task’s' : 'no captured call has a label yet',
    where,
    expected: 'calls whose answer a human accepted, edited or corrected',
    found: findings.length === 0 ? 'no calls' : findings.map(({ message }) => message).join(' '),
    hint:
      findings.length === 0
        ? 'Look at the conditions of captured(), and whether calls name the task; `homegrown captures list` shows what there is.'
        : 'Send feedback (`POST /api/v1/feedback`), or take what the upstream answered unseen: captured({ unreviewed: true }).',
  });
}

function singleGroup(where: string, examples: number, plan: ColumnPlan): HomegrownError {
  const column = JSON.stringify(plan.group ?? 'group');
  return new HomegrownError({
    code: 'data/single-group',
    kind: 'refused',
    message: 'all examples are in one group, so none can be held out to judge a model by',
    where,
    expected: 'at least two groups (users, conversations, sources)',
    found: `one group for ${countOf(examples, 'example')} (column ${column})`,
    hint: 'Name another column in the task’s config, columns: { group: "…" }, or group: null to let each input be its own group.',
  });
}
