import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openCapture } from '../../store/capture/open-capture.ts';
import type { Project } from '../project.ts';

/** Brings into the store what servers that were killed left in their journals. A running server's own journal is let alone. */
export async function drainAbandonedJournals(project: Project): Promise<void> {
  const directory = join(project.homegrownDirectory, 'capture');
  if (!existsSync(directory)) return;
  const config = { ...project.config.capture, mode: 'async' as const };
  const capture = await openCapture({ directory, store: project.storeLocation, config });
  try {
    await capture.flush();
  } finally {
    await capture.close();
  }
}
