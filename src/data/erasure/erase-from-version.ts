import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CurationFinding, DatasetManifest, DatasetSource } from '../../schema/dataset-manifest.ts';
import type { Example } from '../../schema/example.ts';
import { syncDirectory, writeFailure, writeFileAtomic } from '../../util/atomic-file.ts';
import { createBuildDirectory, removeBuildDirectory } from '../build-directory.ts';
import { type DatasetVersion, EXAMPLES_FILE, MANIFEST_FILE, openDatasetVersion } from '../dataset-version.ts';
import { ExamplesWriter } from '../examples-file.ts';
import { GroupSpans } from '../group-spans.ts';
import { countOf } from '../quote-for-display.ts';
import { partitionsFor, RowSpill } from '../row-spill.ts';
import { VersionStatistics } from '../version-statistics.ts';
import { writeTombstone } from './dataset-tombstone.ts';

export interface EraseOptions {
  datasetsDir: string;
  /** Whether an example is to go. */
  concerns(example: Example): boolean;
  /** When, ISO 8601. */
  at: string;
}

/** Writes a version anew without some examples, and leaves a tombstone in its place. Returns the new version's hash, null when nothing was left. */
export async function eraseFromVersion(
  version: DatasetVersion,
  options: EraseOptions,
): Promise<{ examples: number; rewrittenAs: string | null }> {
  const { datasetsDir, at } = options;
  const directory = await createBuildDirectory(datasetsDir);
  try {
    const { statistics, groups, hash, erased } = await writeRest(version, directory, options);
    const rewrittenAs = statistics.examples === 0 ? null : hash;
    if (rewrittenAs !== null) {
      const manifest = manifestOfRest(version.manifest, { statistics, groups, hash, erased, at });
      await publish(directory, join(datasetsDir, hash), manifest);
    }
    const { task, hash: before } = version.manifest;
    await writeTombstone(version.directory, {
      format: 1,
      hash: before,
      task,
      at,
      examples: erased,
      rewrittenAs,
    });
    await removeContent(version.directory);
    return { examples: erased, rewrittenAs };
  } finally {
    await removeBuildDirectory(directory);
  }
}

/** Takes the examples and the account out of a version's directory that has its tombstone already. */
export async function removeContent(directory: string): Promise<void> {
  await rm(join(directory, EXAMPLES_FILE), { force: true });
  await rm(join(directory, MANIFEST_FILE), { force: true });
  await syncDirectory(directory);
}

interface Rest {
  statistics: VersionStatistics;
  groups: number;
  hash: string;
  erased: number;
}

async function writeRest(
  version: DatasetVersion,
  directory: string,
  { concerns }: EraseOptions,
): Promise<Rest> {
  const statistics = new VersionStatistics();
  const bytes = version.manifest.examples * 1_000;
  const groups = new GroupSpans(
    new RowSpill({ directory, name: 'groups', partitions: partitionsFor(bytes) }),
  );
  const writer = await ExamplesWriter.create(join(directory, EXAMPLES_FILE));
  let erased = 0;
  try {
    for await (const example of version.examples()) {
      if (concerns(example)) {
        erased += 1;
        continue;
      }
      writer.add(example);
      statistics.add(example);
      groups.add(example);
      await writer.relieve();
      await groups.relieve();
    }
    return { statistics, groups: (await groups.finish()).groups, hash: await writer.finish(), erased };
  } finally {
    await writer.close();
  }
}

function manifestOfRest(
  before: DatasetManifest,
  { statistics, groups, hash, erased, at }: Rest & { at: string },
): DatasetManifest {
  const finding: CurationFinding = {
    check: 'erased-examples',
    count: erased,
    removed: erased,
    severity: 'note',
    message: `${countOf(erased, 'example')} of version ${before.hash.slice(0, 12)} erased on request; that version is no longer reproducible.`,
    samples: [],
  };
  const { sources, curation, ...rest } = withoutSamples(before);
  return {
    ...rest,
    hash,
    examples: statistics.examples,
    groups,
    splits: { ...statistics.splits },
    classes: statistics.classes(),
    inputLength: statistics.inputLength(),
    sources,
    curation: [...curation, finding],
    erasure: { from: before.hash, at, examples: erased },
  };
}

/** A manifest without samples: they quote inputs, shortened, and it cannot be told whose these are. */
export function withoutSamples(manifest: DatasetManifest): DatasetManifest {
  return {
    ...manifest,
    sources: manifest.sources.map(sourceWithoutSamples),
    curation: manifest.curation.map((finding) => ({ ...finding, samples: [] })),
  };
}

function sourceWithoutSamples(source: DatasetSource): DatasetSource {
  if (source.format !== 'captured') return source;
  const unmapped = source.unmapped.map((entry) => ({ ...entry, samples: [] }));
  return { ...source, last: null, unmapped };
}

async function publish(directory: string, target: string, manifest: DatasetManifest): Promise<void> {
  const existing = await openDatasetVersion(target, { verify: true }).catch(() => null);
  if (existing !== null) return;
  const staged = join(directory, 'version');
  try {
    await mkdir(staged);
    await rename(join(directory, EXAMPLES_FILE), join(staged, EXAMPLES_FILE));
    await writeFileAtomic(join(staged, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(staged, target);
    await syncDirectory(join(target, '..'));
  } catch (error) {
    throw writeFailure(target, error);
  }
}
