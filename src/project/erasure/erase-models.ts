import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { copyWithoutExamples, countExamples } from '../../rung/erasure/erase-from-candidate.ts';
import type { ErasureRecord } from '../../schema/erasure.ts';
import { concernedDatasets } from './erase-datasets.ts';
import type { Erasure } from './erasure.ts';

interface ModelVersion {
  readonly task: string;
  readonly version: number;
}

/** Puts versions without a subject's examples in the place of models that hold some. */
export async function eraseFromModels(erasure: Erasure): Promise<void> {
  for (const { task, version } of await erasure.project.store.models.list()) {
    await eraseFromModel(erasure, { task, version });
  }
}

async function eraseFromModel(erasure: Erasure, model: ModelVersion): Promise<void> {
  const { project, traces, pending, dryRun } = erasure;
  const { task, version } = model;
  if (!dryRun && (await endInterrupted(erasure, model))) return;
  const source = await folderOf(erasure, model);
  if (source === null) return;
  const concerns = (text: string): boolean => traces.hasText(text);
  const examples = await countExamples(source, concerns);
  if (examples === 0) return;
  erasure.note({ kind: 'model', task, version, examples, replacedBy: null });
  if (dryRun) return;
  const directory = join(project.homegrownDirectory, 'models', task, `.erasing-${version}`);
  await rm(directory, { recursive: true, force: true });
  const note = `Made of ${task}@${version} without ${examples} of its examples, which were erased on request; figures are those of ${task}@${version}.`;
  await copyWithoutExamples(source, directory, { concerns, note });
  const { by, startedAt: at } = pending;
  const replacedBy = await project.models.replace(task, version, { directory, by, at });
  await rm(directory, { recursive: true, force: true });
  erasure.note({ kind: 'model', task, version, examples, replacedBy });
}

/** Whether a version was replaced already: by an earlier erasure, or by an attempt at this one that was killed. */
async function endInterrupted(erasure: Erasure, { task, version }: ModelVersion): Promise<boolean> {
  const replacedBy = await erasure.project.models.endReplacement(task, version);
  if (replacedBy === null) return false;
  const noted = erasure.of('model').find((model) => model.task === task && model.version === version);
  if (noted !== undefined) erasure.note({ ...noted, replacedBy });
  return true;
}

/** A model's files, even if they are not what was registered; null when there are none. */
async function folderOf({ project }: Erasure, { task, version }: ModelVersion): Promise<string | null> {
  try {
    return await project.models.verifiedDirectoryOf(task, version);
  } catch (error) {
    if (!(error instanceof HomegrownError)) throw error;
    const isThere = error.code === 'registry/changed-model' || error.code === 'model/changed-file';
    return isThere ? project.models.directoryOf(task, version) : null;
  }
}

/** The models whose training saw examples that are erased. */
export async function modelsTrainedOn(erasure: Erasure): Promise<ErasureRecord['trainedOn']> {
  const datasets = await concernedDatasets(erasure);
  const records = await erasure.project.store.models.list();
  return records
    .map(({ task, version, manifest }) => ({ task, version, dataset: manifest.lineage.dataset }))
    .filter(({ dataset }) => datasets.has(dataset));
}
