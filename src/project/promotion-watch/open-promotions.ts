import { copyCandidateFolder, verifyCandidateFolder } from '../../predictor/candidate-folder.ts';
import type { GateSettings } from '../../registry/gates/gate-settings.ts';
import { Promotions } from '../../registry/promotions.ts';
import { registryOver } from '../../registry/registry.ts';
import { openStore, type ProjectStoreLocation } from '../open-store.ts';

/** A registry and its promotions over a connection of their own. */
export async function openPromotions(setup: {
  store: ProjectStoreLocation;
  modelsDirectory: string;
  tasks: readonly GateSettings[];
}): Promise<{ promotions: Promotions; close(): Promise<void> }> {
  const { modelsDirectory, tasks } = setup;
  const store = await openStore(setup.store);
  const folders = {
    verify: verifyCandidateFolder,
    copy: (source: string, target: string) => copyCandidateFolder(source, target),
  };
  const registry = registryOver({ store, folders, modelsDirectory });
  const promotions = new Promotions({ registry, inferences: store.inferences, tasks });
  return { promotions, close: () => store.close() };
}
