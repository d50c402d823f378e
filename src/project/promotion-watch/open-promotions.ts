import { copyCandidateFolder, verifyCandidateFolder } from '../../predictor/candidate-folder.ts';
import type { GateSettings } from '../../registry/gates/gate-settings.ts';
import { Promotions } from '../../registry/promotions.ts';
import { registryOver } from '../../registry/registry.ts';
import { openStoreAt, type StoreLocation } from '../../store/capture/store-location.ts';

/** A registry and its promotions over a connection of their own. */
export async function openPromotions(setup: {
  store: StoreLocation;
  modelsDirectory: string;
  tasks: readonly GateSettings[];
}): Promise<{ promotions: Promotions; close(): Promise<void> }> {
  const { modelsDirectory, tasks } = setup;
  const store = await openStoreAt(setup.store);
  const folders = {
    verify: verifyCandidateFolder,
    copy: (source: string, target: string) => copyCandidateFolder(source, target),
  };
  const registry = registryOver({ store, folders, modelsDirectory });
  const promotions = new Promotions({ registry, inferences: store.inferences, tasks });
  return { promotions, close: () => store.close() };
}
