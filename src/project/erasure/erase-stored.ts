import { setTimeout as pause } from 'node:timers/promises';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { callsOf } from './collect-calls.ts';
import type { Erasure } from './erasure.ts';

const AT_ONCE = 500;
const SCRUB_TRIES = 10;
const SCRUB_PAUSE_MS = 1000;

/** Deletes a subject's captured calls, all that was said of them, and what the subject itself said. Collect them first. */
export async function deleteStored({ project, pending: { subject }, dryRun }: Erasure): Promise<void> {
  if (dryRun) return;
  const { inferences, feedback } = project.store;
  while ((await inferences.deleteSome(callsOf(subject), AT_ONCE)) > 0);
  if (subject.kind === 'user') await feedback.deleteBy(subject.id);
}

/** Takes what was deleted out of the database's files too; a busy database is asked again. */
export async function scrubStore({ project, dryRun }: Erasure): Promise<void> {
  if (dryRun) return;
  for (let tries = 1; ; tries++) {
    try {
      return await project.store.scrub();
    } catch (error) {
      const isBusy = error instanceof HomegrownError && error.code === 'store/locked';
      if (!isBusy || tries >= SCRUB_TRIES) throw error;
      await pause(SCRUB_PAUSE_MS);
    }
  }
}
