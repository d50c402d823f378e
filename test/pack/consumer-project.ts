import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What a program printed. */
export interface Output {
  stdout: string;
  stderr: string;
}

/** An empty project of a user, with its own Node. */
export interface ConsumerProject {
  directory: string;
  /** Runs a program with the project's Node first in PATH. Throws with the output when it fails. */
  run(program: string, ...parameters: string[]): Promise<Output>;
  write(path: string, text: string): Promise<void>;
}

/** Makes an empty project that installs the package and the given Node from the registry. */
export async function createConsumerProject(
  directory: string,
  { tarball, nodeVersion }: { tarball: string; nodeVersion: string },
): Promise<ConsumerProject> {
  const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const nodeDirectory = join(directory, '.node');
  await mkdir(nodeDirectory, { recursive: true });
  await writeFile(
    join(directory, 'package.json'),
    '{ "name": "consumer", "private": true, "type": "module" }\n',
  );
  await install(nodeDirectory, `${nodePackage}@${nodeVersion}`);
  const node = join(nodeDirectory, 'node_modules', nodePackage, 'bin', 'node');
  const environment = environmentOf(dirname(node));
  await install(directory, tarball, environment);
  return {
    directory,
    run: (program, ...parameters) => runIn({ directory, environment, program, parameters }),
    write: async (path, text) => {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    },
  };
}

async function install(directory: string, what: string, environment = environmentOf()): Promise<void> {
  const parameters = ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', directory, what];
  await runIn({ directory, environment, program: 'npm', parameters });
}

/** The environment of a user's shell: nothing that the npm running this test has set. */
function environmentOf(nodeDirectory?: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(?!config_(registry|cache|userconfig|globalconfig|cafile))|NODE_|INIT_CWD)/i.test(name),
  );
  const path = [nodeDirectory, process.env['PATH']].filter((part) => part !== undefined).join(delimiter);
  return { ...Object.fromEntries(own), PATH: path };
}

interface Call {
  directory: string;
  environment: NodeJS.ProcessEnv;
  program: string;
  parameters: string[];
}

async function runIn({ directory, environment, program, parameters }: Call): Promise<Output> {
  try {
    return await execute(program, parameters, {
      cwd: directory,
      env: environment,
      maxBuffer: 64 * 1024 * 1024,
      timeout: 300_000,
    });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as Partial<Output>;
    const command = [program, ...parameters].join(' ');
    throw new Error(`${command} failed in ${directory}\n${stdout}\n${stderr}`, { cause });
  }
}
