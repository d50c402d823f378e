import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Task } from '../task/task.ts';
import type { CapturedCalls } from './captured/captured-calls.ts';
import { CapturedCallsSource } from './captured/captured-source.ts';
import type { DataSource } from './data-source.ts';
import { FileSource } from './file-source.ts';
import { findSources } from './source-file.ts';

/** Where a task's `data` is found. */
export interface SourcePlaces {
  /** What paths and globs are relative to. */
  projectDir: string;
  /** null: nothing was captured here. */
  calls: CapturedCalls | null;
}

/** The sources that a task's `data` names: files sorted by name, then captured calls in the order of the config. */
export async function openSources(task: Task, { projectDir, calls }: SourcePlaces): Promise<DataSource[]> {
  const { data } = task.config;
  const patterns = data.filter((entry) => typeof entry === 'string');
  const captured = data.filter((entry) => typeof entry !== 'string');
  const files = await findSources(patterns, projectDir);
  if (captured.length > 0 && calls === null) throw noStore(task);
  const opened: DataSource[] = files.map((file) => new FileSource(file));
  for (const source of captured) opened.push(await CapturedCallsSource.open({ source, task, calls: calls! }));
  return opened;
}

function noStore({ name }: Task): HomegrownError {
  return new HomegrownError({
    code: 'data/no-captures',
    kind: 'usage',
    message: 'captured() needs the store of a project',
    where: `tasks.${name}.data`,
    hint: 'Build the data set with `homegrown data build` or `project.buildDataset()`.',
  });
}
