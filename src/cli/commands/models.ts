import type { Command } from 'commander';
import type { RegisteredModel } from '../../project/project.ts';
import { parseModel } from '../model-name.ts';
import { renderCandidates } from '../render-deployment.ts';
import { renderRows } from '../render-rows.ts';
import { withProject } from '../with-project.ts';
import { addGcCommand } from './models-gc.ts';
import { addStatusCommands } from './models-status.ts';
import { addStepCommands } from './models-steps.ts';

/** `homegrown models …`. */
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
        const tasks = task === undefined ? project.tasks : [project.task(task)];
        const list = await project.models.list(task === undefined ? undefined : project.task(task).name);
        terminal.printJson(list);
        terminal.print(list.length === 0 ? 'No models yet. Run: homegrown climb' : renderModels(list));
        if (!list.some(({ state }) => state === 'canary' || state === 'shadow')) return;
        const statuses = await Promise.all(tasks.map(({ name }) => project.promotions.status(name)));
        const running = statuses.map(renderCandidates).filter((text) => text !== '');
        for (const text of running) terminal.print(`\n${text}`);
      }),
    );
  addStatusCommands(models);
  addStepCommands(models);
  addGcCommand(models);
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

function renderModels(models: readonly RegisteredModel[]): string {
  const rows = models.map(({ name, version, state, manifest, evaluation, registeredAt }) => [
    `${name}@${version}`,
    state ?? '-',
    manifest.name,
    qualityOf(evaluation),
    registeredAt.slice(0, 16).replace('T', ' '),
  ]);
  return renderRows([['model', 'state', 'technique', 'quality (95 % interval)', 'registered'], ...rows]);
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
