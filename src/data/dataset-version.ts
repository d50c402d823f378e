import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import { type DatasetManifest, datasetManifestSchema } from '../schema/dataset-manifest.ts';
import type { Example } from '../schema/example.ts';
import type { Split } from '../schema/split.ts';
import { sha256OfFile } from '../util/content-hash.ts';
import type { ExampleSet } from './example-set.ts';
import { erasedVersion, readTombstone } from './erasure/dataset-tombstone.ts';
import { readExampleBatches } from './examples-file.ts';

export const EXAMPLES_FILE = 'examples.jsonl';
export const MANIFEST_FILE = 'dataset.json';

/** An immutable, content-addressed list of examples with the account of how it was made. */
export interface DatasetVersion {
  readonly directory: string;
  readonly manifest: DatasetManifest;
  /** Its examples, of one split or of all, in the order of the inputs' hashes; streamed from disk each time. */
  examples(split?: Split): ExampleSet;
}

/**
 * Opens `<datasetsDir>/<hash>/`. With `verify` the examples are hashed again, so that a single flipped byte is noticed.
 * Throws `data/no-version` or `data/damaged-version`.
 */
export async function openDatasetVersion(
  directory: string,
  options: { verify?: boolean } = {},
): Promise<DatasetVersion> {
  const tombstone = await readTombstone(directory);
  if (tombstone !== null) throw erasedVersion(directory, tombstone);
  const manifest = await readManifest(directory);
  if (basename(directory) !== manifest.hash) {
    throw damaged(join(directory, MANIFEST_FILE), `the hash ${basename(directory)}`, manifest.hash);
  }
  await checkExamples(directory, manifest, options.verify === true);
  return datasetVersionOf(directory, manifest);
}

/** A version that is known to be whole. */
export function datasetVersionOf(directory: string, manifest: DatasetManifest): DatasetVersion {
  return { directory, manifest, examples: (split) => exampleSetOfVersion(directory, manifest, split) };
}

/** All versions in a directory, newest first; damaged and erased ones are left out. */
export async function listDatasetVersions(datasetsDir: string): Promise<DatasetVersion[]> {
  const found: { version: DatasetVersion; madeMs: number }[] = [];
  for (const name of await datasetNames(datasetsDir)) {
    const directory = join(datasetsDir, name);
    const version = await openDatasetVersion(directory).catch(() => null);
    if (version === null) continue;
    found.push({ version, madeMs: (await stat(join(directory, MANIFEST_FILE))).mtimeMs });
  }
  const ordered = found.toSorted(
    (a, b) => b.madeMs - a.madeMs || (a.version.directory < b.version.directory ? -1 : 1),
  );
  return ordered.map(({ version }) => version);
}

/** Hashes of all versions in a directory, erased and damaged ones included. */
export async function datasetNames(datasetsDir: string): Promise<string[]> {
  const names = await readdir(datasetsDir).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return [] as string[];
    throw error;
  });
  return names.filter((candidate) => /^[0-9a-f]{64}$/u.test(candidate)).toSorted();
}

function exampleSetOfVersion(directory: string, manifest: DatasetManifest, split?: Split): ExampleSet {
  const { train, validation, heldOut } = manifest.splits;
  const counts = { train, validation, 'held-out': heldOut };
  return {
    count: split === undefined ? manifest.examples : counts[split],
    async *[Symbol.asyncIterator](): AsyncGenerator<Example> {
      for await (const batch of readExampleBatches(join(directory, EXAMPLES_FILE))) {
        for (const { example } of batch) if (split === undefined || example.split === split) yield example;
      }
    },
  };
}

async function readManifest(directory: string): Promise<DatasetManifest> {
  const path = join(directory, MANIFEST_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new HomegrownError({
      code: 'data/no-version',
      message: 'there is no data-set version here',
      where: directory,
      expected: `a directory with ${MANIFEST_FILE} and ${EXAMPLES_FILE}`,
      found: systemCodeOf(error) === 'ENOENT' ? `no ${MANIFEST_FILE}` : messageOf(error),
      hint: 'Build one with: homegrown data build',
      cause: error,
    });
  });
  return parseManifest(text, path);
}

/** A manifest from its JSON text; throws `data/damaged-version` naming `where`. */
export function parseManifest(text: string, where: string): DatasetManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(where, 'JSON', messageOf(error));
  }
  const parsed = datasetManifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(
    where,
    'a data-set manifest',
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'something else'}`,
  );
}

async function checkExamples(directory: string, manifest: DatasetManifest, verify: boolean): Promise<void> {
  const path = join(directory, EXAMPLES_FILE);
  const present = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!present) throw damaged(path, 'the examples', 'no such file');
  if (!verify) return;
  const hash = await sha256OfFile(path);
  if (hash !== manifest.hash) throw damaged(path, `SHA-256 ${manifest.hash}`, hash);
}

function damaged(where: string, expected: string, found: string): HomegrownError {
  return new HomegrownError({
    code: 'data/damaged-version',
    message: 'the data-set version is damaged',
    where,
    expected,
    found,
    hint: 'Delete this version’s directory and run `homegrown data build` again.',
  });
}
