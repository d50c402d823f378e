import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { RegisteredModel } from '../../project/project.ts';
import { withProject } from '../with-project.ts';

/** `homegrown models list / promote / rollback / export`. */
export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('the registry: every model of this project and which one answers');
  models
    .command('list')
    .argument('[task]')
    .description('all models, with their quality and state')
    .action((task: string | undefined, _options: object, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const list = await project.models.list(task === undefined ? undefined : project.task(task).name);
        terminal.printJson(list);
        terminal.print(list.length === 0 ? 'No models yet. Run: homegrown climb' : renderModels(list));
      }),
    );
  models
    .command('promote')
    .argument('<model>', '<task>@<version>')
    .description('let this version answer its task from now on; running servers take it up by themselves')
    .option('--reason <text>', 'kept in the record')
    .action((model: string, { reason }: { reason?: string }, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const { task, version } = parseModel(model);
        const promotion = await project.models.promote(task, version, {
          by: userInfo().username,
          ...(reason === undefined ? {} : { reason }),
        });
        terminal.printJson(promotion);
        terminal.print(describePromotion(promotion));
      }),
    );
  models
    .command('rollback')
    .argument('[task]')
    .description('back to the version that was live before')
    .action((task: string | undefined, _options: object, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const promotion = await project.models.rollback(project.task(task).name, { by: userInfo().username });
        terminal.printJson(promotion);
        terminal.print(describePromotion(promotion));
      }),
    );
  models
    .command('export')
    .argument('<model>', '<task>@<version>')
    .argument('<directory>', 'where to; must be absent or empty')
    .description('copy the model folder, verified: model.onnx, safetensors, homegrown.json')
    .action((model: string, directory: string, _options: object, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const { task, version } = parseModel(model);
        await project.models.export(task, version, directory);
        terminal.printJson({ model, directory });
        terminal.print(`${model} copied to ${directory}`);
      }),
    );
}

/** `topic@3` → task and version. Throws `registry/bad-name`. */
export function parseModel(name: string): { task: string; version: number } {
  const match = /^([^@]+)@(\d{1,9})$/.exec(name);
  if (match !== null) return { task: match[1]!, version: Number(match[2]) };
  throw new HomegrownError({
    code: 'registry/bad-name',
    message: 'this is no model name',
    kind: 'usage',
    expected: '<task>@<version>, for example topic@2',
    found: name,
    hint: '`homegrown models list` shows the names.',
  });
}

function describePromotion({
  task,
  version,
  previous,
}: {
  task: string;
  version: number | null;
  previous: number | null;
}): string {
  if (version === null) return `no own model answers ${task} now (before: ${task}@${previous})`;
  if (previous === version) return `${task}@${version} was live already`;
  const before = previous === null ? '' : ` (before: ${task}@${previous})`;
  return `${task}@${version} is live${before}`;
}

function renderModels(models: readonly RegisteredModel[]): string {
  const rows = models.map(({ name, version, state, manifest, evaluation, registeredAt }) => [
    `${name}@${version}`,
    state ?? '-',
    manifest.name,
    qualityOf(evaluation),
    registeredAt.slice(0, 16).replace('T', ' '),
  ]);
  const table = [['model', 'state', 'technique', 'quality (95 % interval)', 'registered'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function qualityOf(evaluation: RegisteredModel['evaluation']): string {
  const quality = evaluation?.quality;
  if (evaluation === null || quality === null || quality === undefined) return 'unknown';
  const bounds =
    quality.low === null || quality.high === null
      ? ''
      : ` (${percent(quality.low)}-${percent(quality.high)})`;
  return `${percent(quality.value)} % ${evaluation.metric}${bounds}`;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}
