import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { datasetManifestSchema, type DatasetManifest } from '../schema/dataset-manifest.ts';
import type { Task } from '../task/task.ts';
import { writeFileAtomic } from '../util/atomic-file.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';

/** Changes whenever the same sources would give another version. */
const BUILDER = 1;
const RECORDS_DIRECTORY = '.builds';

const recordSchema = z.strictObject({
  format: z.literal(1),
  key: z.string(),
  manifest: datasetManifestSchema,
});

/** An earlier build: what decided its outcome, and the outcome. */
export type BuildRecord = z.infer<typeof recordSchema>;

/** A source as far as it decides the outcome of a build. */
interface HashedSource {
  file: string;
  format: string;
  sha256: string;
}

/** A source as far as it is known without reading it. */
interface SizedSource {
  name: string;
  format: string;
  bytes: number;
}

/** What decides the outcome of a build, as a hash: the sources' content, the columns, the settings. */
export function buildKey(task: Task, skipBad: boolean, sources: readonly HashedSource[]): string {
  const { columns, curation } = task.config;
  const hashed = sources.map(({ file, format, sha256: hash }) => ({ file, format, hash }));
  return sha256(
    canonicalJson({ builder: BUILDER, task: task.name, columns, curation, skipBad, sources: hashed }),
  );
}

/** Where the record of such a build is kept: found by names and sizes, so that sources are hashed only when it may pay. */
export function buildRecordPath(
  datasetsDir: string,
  task: Task,
  skipBad: boolean,
  sources: readonly SizedSource[],
): string {
  const sized = sources.map(({ name, format, bytes }) => ({ file: name, format, sha256: String(bytes) }));
  return join(datasetsDir, RECORDS_DIRECTORY, `${buildKey(task, skipBad, sized)}.json`);
}

/** The record at a path, or null; a damaged one counts as none. */
export async function readBuildRecord(path: string): Promise<BuildRecord | null> {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Remembers the outcome of a build. */
export async function writeBuildRecord(path: string, key: string, manifest: DatasetManifest): Promise<void> {
  const record: BuildRecord = { format: 1, key, manifest };
  await writeFileAtomic(path, `${JSON.stringify(record, null, 2)}\n`);
}
