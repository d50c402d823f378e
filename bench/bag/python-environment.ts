import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NEWSGROUPS_PACKAGE } from './newsgroups.ts';

// fastText's own Makefile builds with these; the Python package leaves them out unless asked.
const FAST_TEXT_FLAGS = '-O3 -march=native -funroll-loops';

/** A virtual environment with the pinned peers, and the package that holds the second data set. */
export interface PythonEnvironment {
  python: string;
  newsgroupsPackage: string;
  versions: string[];
}

/** Where the environment is kept, under which name, and the file with the pinned peers. */
export interface PythonNeeds {
  cache: string;
  name: string;
  requirements: URL;
}

/** Makes the environment once per cache directory (needs `python3`) and checks every pinned version. */
export async function preparePython({ cache, name, requirements }: PythonNeeds): Promise<PythonEnvironment> {
  const python = join(cache, name, 'bin/python');
  const newsgroupsPackage = join(cache, 'newsgroups');
  const content = await readFile(requirements, 'utf8');
  const pinned = content.trim().split('\n');
  await once(join(cache, `${name}.done`), content, () => {
    run('python3', ['-m', 'venv', '--clear', join(cache, name)]);
    run(python, ['-m', 'pip', 'install', '-q', '--no-cache-dir', '-r', fileURLToPath(requirements)]);
  });
  await once(join(cache, 'newsgroups.done'), NEWSGROUPS_PACKAGE, () => {
    run(python, [
      '-m',
      'pip',
      'install',
      '-q',
      '--no-deps',
      '--target',
      newsgroupsPackage,
      NEWSGROUPS_PACKAGE,
    ]);
  });
  const installed = run(python, ['-m', 'pip', 'freeze', '--disable-pip-version-check']).split('\n');
  const missing = pinned.filter((requirement) => !installed.includes(requirement));
  if (missing.length > 0)
    throw new Error(`not installed as pinned: ${missing.join(', ')}; delete ${cache} and try again`);
  return { python, newsgroupsPackage, versions: pinned };
}

async function once(marker: string, key: string, work: () => void): Promise<void> {
  if (existsSync(marker) && (await readFile(marker, 'utf8')) === key) return;
  work();
  await writeFile(marker, key);
}

function run(command: string, options: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, options, {
    encoding: 'utf8',
    env: { ...process.env, CFLAGS: FAST_TEXT_FLAGS },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${options.join(' ')} failed:\n${stderr}`);
  return stdout;
}
