import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { ErasureRecord } from '../../schema/erasure.ts';
import type { Deployment, ModelRecord, Store } from '../../store/store.ts';

interface Exported {
  readonly models: readonly ModelRecord[];
  readonly erasures: readonly ErasureRecord[];
}

/**
 * Throws before anything is imported: `transfer/other-models` when a version is another model here, and `transfer/deployed-model` when
 * an erasure that is not known here replaced a version that answers here, because such a version's files go.
 */
export async function refuseOtherModels(store: Store, { models, erasures }: Exported): Promise<void> {
  for (const { task, version, fingerprint } of models) {
    const known = await store.models.find(task, version);
    if (known !== null && known.fingerprint !== fingerprint)
      throw otherModel(`${task}@${version}`, { expected: known.fingerprint, found: fingerprint });
  }
  const known = new Set((await store.erasures.list()).map(({ id }) => id));
  const deployed = (await store.deployments.list()).filter(({ state }) => state !== 'retired');
  for (const { id, models: replaced } of erasures) {
    const found = deployed.find(({ task, version }) =>
      replaced.some((model) => model.task === task && model.version === version),
    );
    if (found !== undefined && !known.has(id)) throw deployedModel(found, id);
  }
}

const NEW_PROJECT = 'import into a new project';

function otherModel(model: string, { expected, found }: { expected: string; found: string }): HomegrownError {
  return new HomegrownError({
    code: 'transfer/other-models',
    kind: 'refused',
    message: `${model} of the export is another model than ${model} here; nothing was imported`,
    where: 'models.jsonl',
    expected: `fingerprint ${expected}`,
    found,
    hint: `Versions keep their numbers: ${NEW_PROJECT}.`,
  });
}

function deployedModel({ task, version, state }: Deployment, erasure: string): HomegrownError {
  return new HomegrownError({
    code: 'transfer/deployed-model',
    kind: 'refused',
    message: `${task}@${version} is ${state} here, and the export says that erasure ${erasure} replaced it; nothing was imported`,
    where: 'erasures.jsonl',
    hint: `Erase the same here, or end it (\`homegrown models retire ${task}@${version}\`), and import again; or ${NEW_PROJECT}.`,
  });
}
