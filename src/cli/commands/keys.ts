import { type Command, Option } from 'commander';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { KeyInUse, Project, ShownKey } from '../../project/project.ts';
import { parseDuration } from '../parse-duration.ts';
import { parseKeyLimit } from '../parse-key-limit.ts';
import { renderRows } from '../render-rows.ts';
import { withProject } from '../with-project.ts';

type KeyLimit = ShownKey['limits'][number];

interface CreateOptions {
  role: 'call' | 'admin';
  task?: string[];
  limit?: KeyLimit[];
  expires?: string;
}

/** `homegrown keys create / list / revoke`. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('who may call this project’s servers, and how much');
  keys
    .command('create')
    .argument('<name>', 'which product or person it is for')
    .description('make a key and print its secret, this once')
    .addOption(
      new Option('--role <role>', 'call: for products; admin: may change deployments, keys and data too')
        .choices(['call', 'admin'])
        .default('call'),
    )
    .option('--task <task...>', 'the only tasks it may call (default: all, and models of no task)')
    .option(
      '--limit <limit...>',
      'for example 100requests/minute, 2Mtokens/day, 20usd/month, 500usd/ever',
      (text: string, before: KeyLimit[] | undefined) => [...(before ?? []), parseKeyLimit(text)],
    )
    .option('--expires <when>', 'after a time (90d, 12h) or at a date (2027-01-31)')
    .action((name: string, options: CreateOptions, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const created = await createKey(project, name, options);
        terminal.printJson(created);
        terminal.print(created.secret);
        terminal.note(
          `${created.key.id} (${name}): nobody can show this secret again, and it works at once.`,
        );
      }),
    );
  keys
    .command('list')
    .description('all keys, with what they have used')
    .action((_options: object, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const list = await project.keys.list();
        terminal.printJson(list);
        terminal.print(list.length === 0 ? 'No keys yet. Run: homegrown keys create <name>' : render(list));
      }),
    );
  keys
    .command('revoke')
    .argument('<key>', 'its id, or its name if no other key has it')
    .description('end a key for good; running servers follow within 2 seconds')
    .action((key: string, _options: object, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const revoked = await project.keys.revoke(key);
        terminal.printJson(revoked);
        terminal.print(`${revoked.id} (${revoked.name}) is revoked since ${revoked.revokedAt}`);
      }),
    );
}

function createKey(
  project: Project,
  name: string,
  { role, task, limit, expires }: CreateOptions,
): ReturnType<Project['keys']['create']> {
  return project.keys.create({
    name,
    role,
    ...(task === undefined ? {} : { tasks: task }),
    ...(limit === undefined ? {} : { limits: limit }),
    ...(expires === undefined ? {} : { expiresAt: expiryOf(expires) }),
  });
}

/** A time from now, or a date. */
function expiryOf(text: string): string {
  const durationMs = parseDuration(text);
  const at = durationMs === null ? Date.parse(text) : Date.now() + durationMs;
  if (Number.isFinite(at)) return new Date(at).toISOString();
  throw new HomegrownError({
    code: 'keys/bad-expiry',
    message: 'this is no time',
    kind: 'usage',
    expected: 'a time from now (90d, 12h, 30m) or a date (2027-01-31, 2027-01-31T12:00Z)',
    found: text,
  });
}

function render(keys: readonly KeyInUse[]): string {
  const now = Date.now();
  return renderRows([
    ['key', 'name', 'role', 'tasks', 'used of limits', 'created', 'state'],
    ...keys.map((key) => [
      key.id,
      key.name,
      key.role,
      key.tasks?.join(', ') ?? 'all',
      key.limits.map(usedOf).join(', ') || '-',
      key.createdAt.slice(0, 10),
      stateOf(key, now),
    ]),
  ]);
}

function usedOf({ what, per, most, used }: KeyInUse['limits'][number]): string {
  return `${Number(used.toPrecision(3))} of ${most} ${what}/${per}`;
}

function stateOf({ revokedAt, expiresAt }: ShownKey, now: number): string {
  if (revokedAt !== null) return `revoked ${revokedAt.slice(0, 10)}`;
  if (expiresAt === null) return 'valid';
  return Date.parse(expiresAt) <= now
    ? `expired ${expiresAt.slice(0, 10)}`
    : `until ${expiresAt.slice(0, 10)}`;
}
