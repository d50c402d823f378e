import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  once,
  prepareVirtualEnvironment,
  runProgram,
  type VirtualEnvironment,
} from '../virtual-environment.ts';
import { NEWSGROUPS_PACKAGE } from './newsgroups.ts';

// fastText's own Makefile builds with these; the Python package leaves them out unless asked.
const FAST_TEXT_FLAGS = '-O3 -march=native -funroll-loops';

/** A virtual environment with the pinned peers, and the package that holds the second data set. */
export interface PythonEnvironment extends VirtualEnvironment {
  newsgroupsPackage: string;
}

/** Where the environment is kept, under which name, and the file with the pinned peers. */
export interface PythonNeeds {
  cache: string;
  name: string;
  requirements: URL;
}

/** Makes the environment once per cache directory (needs `python3`; fastText a C++ compiler) and checks every pinned version. */
export async function preparePython({ cache, name, requirements }: PythonNeeds): Promise<PythonEnvironment> {
  const newsgroupsPackage = join(cache, 'newsgroups');
  const environment = await prepareVirtualEnvironment({
    directory: join(cache, name),
    requirementsPath: fileURLToPath(requirements),
    variables: { CFLAGS: FAST_TEXT_FLAGS },
  });
  await once(join(cache, 'newsgroups.done'), NEWSGROUPS_PACKAGE, () => {
    const options = ['-q', '--no-deps', '--target', newsgroupsPackage, NEWSGROUPS_PACKAGE];
    runProgram(environment.python, ['-m', 'pip', 'install', ...options]);
  });
  return { ...environment, newsgroupsPackage };
}
