import type { Command } from 'commander';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { Project } from '../../project/project.ts';
import { indentedJson } from '../indented-json.ts';
import { parseDuration } from '../parse-duration.ts';
import { renderRows } from '../render-rows.ts';
import { withProject } from '../with-project.ts';

type Filter = NonNullable<Parameters<Project['captures']['list']>[0]>;
type Summary = Awaited<ReturnType<Project['captures']['list']>>['rows'][number];
type Shown = Awaited<ReturnType<Project['captures']['show']>>;
type FeedbackKinds = NonNullable<Filter['feedback']>;

interface ListOptions {
  task?: string;
  target?: string;
  user?: string;
  group?: string;
  tag?: string[];
  since?: string;
  until?: string;
  failed?: true;
  feedback?: FeedbackKinds;
  limit: number;
  after?: string;
  oldest?: true;
}

const KINDS = ['accepted', 'edited', 'rejected', 'corrected', 'score'];

/** `homegrown captures list / show`. */
export function addCapturesCommand(program: Command): void {
  const captures = program
    .command('captures')
    .description('the calls that servers of this project have kept');
  captures
    .command('list')
    .description('calls, newest first')
    .option('--task <name>', 'of this task')
    .option('--target <target>', 'answered by <upstream>/<model> or <model>@<version>')
    .option('--user <id>', 'made for this user')
    .option('--group <id>', 'of this group')
    .option('--tag <name=value...>', 'with this tag')
    .option('--since <when>', 'at or after: a time ago (30m, 12h, 7d) or a date')
    .option('--until <when>', 'before: a time ago or a date')
    .option('--failed', 'only those that failed')
    .option('--feedback <kinds>', 'with feedback of one of these kinds, separated by commas', parseKinds)
    .option('--limit <number>', 'how many at most, up to 1000', parseLimit, 20)
    .option('--after <position>', 'go on where a page ended')
    .option('--oldest', 'oldest first')
    .action((options: ListOptions, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const { limit, after, oldest } = options;
        const order = oldest === true ? ('oldest' as const) : ('newest' as const);
        const page = await project.captures.list(filterOf(options), {
          limit,
          order,
          ...(after === undefined ? {} : { after }),
        });
        terminal.printJson(page);
        terminal.print(page.rows.length === 0 ? 'No calls.' : renderList(page.rows));
        if (page.next !== null) terminal.note(`More: --after ${page.next}`);
      }),
    );
  captures
    .command('show')
    .argument('<id>', 'its id (inf_…) or the id in its answer')
    .description('one call with its contents and what was said of it')
    .action((id: string, _options: object, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const shown = await project.captures.show(id);
        terminal.printJson(shown);
        terminal.print(renderOne(shown));
      }),
    );
}

function filterOf({ tag, since, until, ...options }: ListOptions): Filter {
  const { task, target, user, group, failed, feedback } = options;
  return {
    ...(task === undefined ? {} : { task }),
    ...(target === undefined ? {} : { target }),
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
    ...(failed === undefined ? {} : { failed }),
    ...(feedback === undefined ? {} : { feedback }),
    ...(tag === undefined ? {} : { tags: Object.fromEntries(tag.map(pairOf)) }),
    ...(since === undefined ? {} : { since: timeOf('--since', since) }),
    ...(until === undefined ? {} : { until: timeOf('--until', until) }),
  };
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw wrongUse('--tag', 'name=value', text);
}

function timeOf(where: string, text: string): string {
  const durationMs = parseDuration(text);
  const at = durationMs === null ? Date.parse(text) : Date.now() - durationMs;
  if (Number.isFinite(at)) return new Date(at).toISOString();
  throw wrongUse(where, 'a time ago (30m, 12h, 7d) or a date (2027-01-31, 2027-01-31T12:00Z)', text);
}

function parseKinds(text: string): FeedbackKinds {
  const kinds = text.split(',').map((kind) => kind.trim());
  if (kinds.every((kind) => KINDS.includes(kind))) return kinds as unknown as FeedbackKinds;
  throw wrongUse('--feedback', KINDS.join(', '), text);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw wrongUse('--limit', 'a whole number from 1 to 1000', text);
}

function wrongUse(where: string, expected: string, found: string): HomegrownError {
  return new HomegrownError({
    code: 'captures/bad-option',
    message: 'this cannot be understood',
    kind: 'usage',
    where,
    expected,
    found,
  });
}

function renderList(rows: readonly Summary[]): string {
  return renderRows([
    ['time', 'call', 'task', 'answered by', 'status', 'ms', 'tokens', 'usd'],
    ...rows.map((row) => [
      row.at.slice(0, 19).replace('T', ' '),
      row.id,
      row.task ?? '-',
      row.target ?? '-',
      row.error === null ? String(row.status) : `${row.status} ${row.error.code}`,
      String(Math.round(row.durationMs)),
      tokensOf(row),
      row.costUsd === null ? '?' : String(Number(row.costUsd.toPrecision(3))),
    ]),
  ]);
}

function tokensOf({ tokens: { input, output } }: Summary): string {
  return input === null && output === null ? '?' : `${input ?? '?'} + ${output ?? '?'}`;
}

function renderOne({ inference, feedback }: Shown): string {
  const { request, response, ...summary } = inference;
  const said = feedback.length === 0 ? 'none' : feedback.map((one) => indented(one)).join('\n');
  return [
    indented(summary),
    `request: ${indentedJson(request)}`,
    `answer: ${response === null ? 'none' : indentedJson(response)}`,
    `feedback: ${said}`,
  ].join('\n');
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
