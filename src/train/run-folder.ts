import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import { type RunSpec, runSpecSchema } from '../schema/run-spec.ts';
import { sweepTemporaries, writeFailure, writeFileAtomic } from '../util/atomic-file.ts';

/** Where a run keeps what it is about: its spec, its events, and the lock of who trains it. */
export function runFiles(directory: string): { spec: string; events: string; lock: string } {
  return {
    spec: join(directory, 'spec.json'),
    events: join(directory, 'events.jsonl'),
    lock: join(directory, 'lock'),
  };
}

/** The spec of a run, null where there is no run. Throws `train/damaged-spec`. */
export async function readRunSpec(directory: string): Promise<RunSpec | null> {
  const path = runFiles(directory).spec;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return runSpecSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HomegrownError({
      code: 'train/damaged-spec',
      message: 'this is no run spec',
      where: path,
      found: messageOf(cause),
      hint: 'Restore the file from a copy, or delete the folder of this run to train from the start.',
      cause,
    });
  }
}

/** Makes the folder of a run ready to be trained in; `fresh` forgets what is there. The caller holds its lock. */
export async function prepareRunFolder(
  directory: string,
  { spec, fresh }: { spec: RunSpec; fresh: boolean },
): Promise<{ stored: RunSpec }> {
  const files = runFiles(directory);
  if (fresh) {
    await rm(files.spec, { force: true });
    await rm(files.events, { force: true });
    await rm(join(directory, 'checkpoints'), { recursive: true, force: true });
  }
  await sweepTemporaries(directory);
  const stored = await readRunSpec(directory);
  if (stored !== null) return { stored };
  await writeFileAtomic(files.spec, `${JSON.stringify(runSpecSchema.parse(spec), null, 2)}\n`);
  return { stored: spec };
}

/** Makes the folder itself, so that its lock can be taken. */
export async function makeRunFolder(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true }).catch((cause: unknown) => {
    throw writeFailure(directory, cause);
  });
}
