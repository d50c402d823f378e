import { glob, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import { closestName } from '../util/closest-name.ts';
import { countOf } from './quote-for-display.ts';
import { inspectHead } from './inspect-head.ts';

export type SourceFormat = 'jsonl' | 'csv' | 'parquet';

/** A file that examples come from. */
export interface SourceFile {
  /** Absolute. */
  readonly path: string;
  /** Relative to the project, with `/`: how reports and origins name it. */
  readonly name: string;
  readonly format: SourceFormat;
  readonly bytes: number;
  readonly modifiedMs: number;
}

const FORMATS: ReadonlyMap<string, SourceFormat> = new Map([
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.json', 'jsonl'],
  ['.csv', 'csv'],
  ['.tsv', 'csv'],
  ['.parquet', 'parquet'],
]);

/** The files that paths and globs name, relative to the project, each once, sorted by name. Every pattern must match. */
export async function findSources(patterns: readonly string[], projectDir: string): Promise<SourceFile[]> {
  const paths = new Set<string>();
  for (const pattern of patterns) {
    const matches = await matchPattern(pattern, projectDir);
    if (matches.length === 0) throw await noSuchFile(pattern, projectDir);
    for (const match of matches) paths.add(match);
  }
  const files = await Promise.all([...paths].map((path) => openSource(path, projectDir)));
  return files.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

async function matchPattern(pattern: string, projectDir: string): Promise<string[]> {
  const literal = resolve(projectDir, pattern);
  if (await exists(literal)) return [literal];
  if (!/[*?[\]{}]/u.test(pattern)) return [];
  const matches: string[] = [];
  for await (const match of glob(pattern, { cwd: projectDir })) {
    const path = resolve(projectDir, match);
    if (await isFile(path)) matches.push(path);
  }
  return matches;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: unknown) => {
      const code = systemCodeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return false;
      throw unreadable(path, error);
    },
  );
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** One source by its path; throws when it is no file, of an unknown kind, or evidently not what its name says. */
export async function openSource(path: string, projectDir: string): Promise<SourceFile> {
  const name = relative(projectDir, path).split(sep).join('/');
  const found = await stat(path).catch(async (error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') throw await missingFile(name, projectDir);
    throw unreadable(name, error);
  });
  if (!found.isFile()) throw notAFile(name, found.isDirectory());
  const format = FORMATS.get(extname(path).toLowerCase());
  const head = await readHead(path, name);
  inspectHead(head, { name, bytes: found.size, format });
  if (format === undefined) throw unknownFormat(name);
  return { path, name, format, bytes: found.size, modifiedMs: found.mtimeMs };
}

async function readHead(path: string, name: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const head = Buffer.alloc(65_536);
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** The error for a source that the system does not let us read; what is no system error is thrown on as it is. */
export function unreadableSource(where: string, cause: unknown): unknown {
  return systemCodeOf(cause) === undefined ? cause : unreadable(where, cause);
}

function unreadable(where: string, cause: unknown): HomegrownError {
  return new HomegrownError({
    code: 'data/unreadable',
    message: `cannot be read: ${messageOf(cause)}`,
    where,
    hint: 'Check that the file exists and that you may read it.',
    cause,
  });
}

async function noSuchFile(pattern: string, projectDir: string): Promise<HomegrownError> {
  const { found, suggestion } = await filesThere(pattern, projectDir);
  return new HomegrownError({
    code: 'data/no-such-file',
    kind: 'usage',
    message: 'no file matches',
    where: pattern,
    expected: `a file or glob relative to ${projectDir}`,
    found,
    hint: suggestion ?? 'Correct the path in the task’s `data`.',
  });
}

async function missingFile(name: string, projectDir: string): Promise<HomegrownError> {
  const { found, suggestion } = await filesThere(name, projectDir);
  return new HomegrownError({
    code: 'data/no-such-file',
    kind: 'usage',
    message: 'this file does not exist',
    where: name,
    found,
    hint: suggestion ?? 'Give the path of a .jsonl, .csv or .parquet file, relative to where you are.',
  });
}

/** What there is in the directory of a file that is not, in words, and the nearest name. */
async function filesThere(
  path: string,
  projectDir: string,
): Promise<{ found: string; suggestion: string | null }> {
  const directory = resolve(projectDir, dirname(path));
  const names = await readdir(directory).catch(() => null);
  if (names === null) return { found: `no directory ${directory}`, suggestion: null };
  const usable = names.filter((name) => FORMATS.has(extname(name).toLowerCase()));
  const nearest = closestName(basename(path), usable);
  const listed = `${usable.toSorted().slice(0, 5).join(', ')}${usable.length > 5 ? ', …' : ''}`;
  return {
    found:
      usable.length === 0
        ? `no .jsonl, .csv or .parquet file in ${directory}`
        : `${countOf(usable.length, 'data file')} there: ${listed}`,
    suggestion: nearest === undefined ? null : `Did you mean ${JSON.stringify(nearest)}?`,
  };
}

function notAFile(where: string, isDirectory: boolean): HomegrownError {
  return new HomegrownError({
    code: 'data/not-a-file',
    kind: 'usage',
    message: 'is not a regular file',
    where,
    expected: 'a .jsonl, .csv or .parquet file',
    found: isDirectory ? 'a directory' : 'a device, pipe or socket',
    hint: isDirectory
      ? `To use all files in it, write a glob: ${where}/*.jsonl`
      : 'Write its content to a file first.',
  });
}

function unknownFormat(where: string): HomegrownError {
  return new HomegrownError({
    code: 'data/unknown-format',
    kind: 'usage',
    message: 'the kind of file is not known',
    where,
    expected: 'a name that ends in .jsonl, .ndjson, .csv, .tsv or .parquet',
    found: extname(where) === '' ? 'no ending' : extname(where),
    hint: 'Rename the file for what it holds, or export it as one of these.',
  });
}
