import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { datasetManifestSchema, type DatasetManifest } from '../schema/dataset-manifest.ts';
import type { Task } from '../task/task.ts';
import { writeFileAtomic } from '../util/atomic-file.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';
import type { SourceFile } from './source-file.ts';

/** Changes whenever the same sources would give another version. */
const BUILDER = 1;
const RECORDS_DIRECTORY = '.builds';

const recordSchema = z.strictObject({ format: z.literal(1), manifest: datasetManifestSchema });

/** What decides the outcome of a build, as a hash: the sources' content, the columns, the settings. */
export function buildKey(
  task: Task,
  skipBad: boolean,
  sources: readonly { file: string; format: string; sha256: string }[],
): string {
  const { columns, curation } = task.config;
  const named = sources.map(({ file, format, sha256: hash }) => ({ file, format, hash }));
  return sha256(
    canonicalJson({ builder: BUILDER, task: task.name, columns, curation, skipBad, sources: named }),
  );
}

/** A key for the same build told apart without reading the sources; only to know whether hashing them may pay. */
export function likelyKey(task: Task, skipBad: boolean, sources: readonly SourceFile[]): string {
  const sized = sources.map(({ name, format, bytes }) => ({ file: name, format, sha256: String(bytes) }));
  return `likely-${buildKey(task, skipBad, sized)}`;
}

/** The manifest of an earlier build with this key, or null; a damaged record counts as none. */
export async function readBuildRecord(datasetsDir: string, key: string): Promise<DatasetManifest | null> {
  try {
    const text = await readFile(join(datasetsDir, RECORDS_DIRECTORY, `${key}.json`), 'utf8');
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.manifest : null;
  } catch {
    return null;
  }
}

/** Remembers the outcome of a build under each of its keys. */
export async function writeBuildRecord(
  datasetsDir: string,
  keys: readonly string[],
  manifest: DatasetManifest,
): Promise<void> {
  const text = `${JSON.stringify({ format: 1, manifest }, null, 2)}\n`;
  for (const key of keys) await writeFileAtomic(join(datasetsDir, RECORDS_DIRECTORY, `${key}.json`), text);
}
