import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a virtual environment goes and what must be in it. */
export interface VirtualEnvironmentOptions {
  /** The environment is in its subfolder `venv`. */
  directory: string;
  /** A file of pinned versions, one a line. */
  requirementsPath: string;
  /** Variables for the building of packages. */
  variables?: Record<string, string>;
}

/** An interpreter and the pinned versions that it has. */
export interface VirtualEnvironment {
  python: string;
  versions: string[];
}

/** Makes the environment once per directory (needs `python3`) and checks every pinned version. */
export async function prepareVirtualEnvironment({
  directory,
  requirementsPath,
  variables = {},
}: VirtualEnvironmentOptions): Promise<VirtualEnvironment> {
  const python = join(directory, 'venv/bin/python');
  await once(join(directory, 'venv.done'), await readFile(requirementsPath, 'utf8'), () => {
    runProgram('python3', ['-m', 'venv', '--clear', join(directory, 'venv')]);
    runProgram(python, ['-m', 'pip', 'install', '-q', '--no-cache-dir', '-r', requirementsPath], variables);
  });
  return { python, versions: await checkVersions(python, requirementsPath) };
}

/** The pinned versions, all of them installed (with or without a local part such as `+cpu`); extras such as `[proxy]` not looked at; throws when one is not. */
export async function checkVersions(python: string, requirementsPath: string): Promise<string[]> {
  const pinned = (await readFile(requirementsPath, 'utf8')).trim().split('\n');
  const installed = runProgram(python, ['-m', 'pip', 'freeze', '--disable-pip-version-check']).split('\n');
  const missing = pinned.filter((requirement) => {
    const plain = requirement.replace(/\[.*\]/, '');
    return !installed.some((line) => line === plain || line.startsWith(`${plain}+`));
  });
  if (missing.length > 0) {
    throw new Error(
      `not installed as pinned: ${missing.join(', ')}; delete the virtual environment of ${python} and try again`,
    );
  }
  return pinned;
}

/** Does the work unless the marker says that it was done for this key. */
export async function once(marker: string, key: string, work: () => void): Promise<void> {
  if (existsSync(marker) && (await readFile(marker, 'utf8')) === key) return;
  work();
  await writeFile(marker, key);
}

/** Runs a program to its end and gives its standard output; throws with its standard error when it fails. */
export function runProgram(
  command: string,
  options: string[],
  variables: Record<string, string> = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(command, options, {
    encoding: 'utf8',
    env: { ...process.env, ...variables },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${options.join(' ')} failed:\n${stderr}`);
  return stdout;
}
