import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepAbandonedBuilds } from '../../data/build-directory.ts';
import { type DatasetVersion, listDatasetVersions, MANIFEST_FILE } from '../../data/dataset-version.ts';
import { readTombstone } from '../../data/erasure/dataset-tombstone.ts';
import { eraseFromVersion, removeContent, withoutSamples } from '../../data/erasure/erase-from-version.ts';
import { writeFileAtomic } from '../../util/atomic-file.ts';
import type { Erasure } from './erasure.ts';

/** Rewrites all data-set versions that hold a subject's examples. */
export async function eraseFromDatasets(erasure: Erasure): Promise<void> {
  const { project, dryRun } = erasure;
  if (!dryRun) await sweepAbandonedBuilds(project.datasetsDirectory);
  if (!dryRun) await endInterrupted(erasure);
  const versions = await listDatasetVersions(project.datasetsDirectory);
  // Examples may be theirs by their call or group alone; once all texts are known, others with these texts are too.
  for (const version of versions) await collectTexts(erasure, version);
  for (const version of versions) await eraseFrom(erasure, version);
  if (!dryRun) await forgetQuotes(erasure);
  if (!dryRun) await removeBuildRecords(erasure);
}

async function collectTexts(erasure: Erasure, version: DatasetVersion): Promise<void> {
  for await (const example of version.examples()) {
    if (erasure.traces.concernsExample(example)) erasure.addText(example.input);
  }
}

async function eraseFrom(erasure: Erasure, version: DatasetVersion): Promise<void> {
  const { traces, pending, project, dryRun } = erasure;
  const { hash } = version.manifest;
  let examples = 0;
  for await (const example of version.examples()) if (traces.concernsExample(example)) examples += 1;
  if (examples === 0) return;
  erasure.note({ kind: 'dataset', hash, examples, rewrittenAs: null });
  if (dryRun) return;
  const { rewrittenAs } = await eraseFromVersion(version, {
    datasetsDir: project.datasetsDirectory,
    concerns: (example) => traces.concernsExample(example),
    at: pending.startedAt,
  });
  erasure.note({ kind: 'dataset', hash, examples, rewrittenAs });
}

/** What curation removed is in no version, but may be quoted as a sample of it; the hash is of the examples alone. */
async function forgetQuotes(erasure: Erasure): Promise<void> {
  for (const { manifest, directory } of await listDatasetVersions(erasure.project.datasetsDirectory)) {
    const path = join(directory, MANIFEST_FILE);
    if (!(await erasure.traces.quotes.isInFile(path))) continue;
    await writeFileAtomic(path, `${JSON.stringify(withoutSamples(manifest), null, 2)}\n`);
  }
}

/** Versions that had their tombstone when an earlier attempt was killed. */
async function endInterrupted(erasure: Erasure): Promise<void> {
  const { datasetsDirectory } = erasure.project;
  for (const { hash, examples } of erasure.of('dataset')) {
    const directory = join(datasetsDirectory, hash);
    const tombstone = await readTombstone(directory);
    if (tombstone === null) continue;
    await removeContent(directory);
    erasure.note({ kind: 'dataset', hash, examples, rewrittenAs: tombstone.rewrittenAs });
  }
}

/** What builds remember of their outcome quotes examples. */
async function removeBuildRecords(erasure: Erasure): Promise<void> {
  const { project, traces } = erasure;
  const directory = join(project.datasetsDirectory, '.builds');
  const hashes = erasure.of('dataset').map(({ hash }) => hash);
  for (const name of await readdir(directory).catch(() => [] as string[])) {
    const path = join(directory, name);
    const text = await readFile(path, 'utf8').catch(() => '');
    const isTheirs = hashes.some((hash) => text.includes(hash)) || (await traces.quotes.isInFile(path));
    if (isTheirs) await rm(path, { force: true });
  }
}

/** The versions from which this erasure took examples, and those from which earlier erasures made these. */
export async function concernedDatasets(erasure: Erasure): Promise<Set<string>> {
  const { datasetsDirectory } = erasure.project;
  const names = await readdir(datasetsDirectory).catch(() => [] as string[]);
  const tombstones = await Promise.all(names.map((name) => readTombstone(join(datasetsDirectory, name))));
  const found = new Set(erasure.of('dataset').map(({ hash }) => hash));
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const tombstone of tombstones) {
      const rest = tombstone?.rewrittenAs ?? null;
      if (tombstone !== null && rest !== null && found.has(rest)) found.add(tombstone.hash);
    }
  }
  return found;
}
