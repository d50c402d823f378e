import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { temporaryNameFor, writeFailure } from '../util/atomic-file.ts';
import type { DatasetVersion } from './dataset-version.ts';

/** Writes every example of a version as JSON lines, whole or not at all. With `split` and `group` as columns it builds the same split again. */
export async function exportDataset(dataset: DatasetVersion, path: string): Promise<void> {
  const temporary = temporaryNameFor(path);
  try {
    await pipeline(linesOf(dataset), createWriteStream(temporary, { flags: 'wx', flush: true }));
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw writeFailure(path, cause);
  }
}

async function* linesOf(dataset: DatasetVersion): AsyncGenerator<string> {
  for await (const { input, output, group, split, time, weight } of dataset.examples()) {
    yield `${JSON.stringify({ input, output, group, split, ...(time === null ? {} : { time }), weight })}\n`;
  }
}
