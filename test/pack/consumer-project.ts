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
  /** Runs a program that may end with another code than 0. */
  attempt(program: string, ...parameters: string[]): Promise<Output>;
  write(path: string, text: string): Promise<void>;
}

/**
 * Makes an empty project that installs the package and the given Node from the registry. `gpuFiles`: what becomes of the files for GPUs
 * that onnxruntime-node's install script downloads from elsewhere: told not to, or it tries and does not reach them.
 */
export async function createConsumerProject(
  directory: string,
  {
    tarball,
    nodeVersion,
    gpuFiles,
  }: { tarball: string; nodeVersion: string; gpuFiles: 'skipped' | 'unreachable' },
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
  if (gpuFiles === 'skipped') await writeFile(join(directory, '.npmrc'), 'onnxruntime-node-install=skip\n');
  // The script listens to this; nobody listens to that port.
  else environment['GLOBAL_AGENT_HTTPS_PROXY'] = 'http://127.0.0.1:9';
  await install(directory, tarball, environment);
  return {
    directory,
    run: (program, ...parameters) => runIn({ directory, environment, program, parameters }),
    attempt: (program, ...parameters) => attemptIn({ directory, environment, program, parameters }),
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

/** The environment of a user's shell: nothing of this repository, and nothing that an npm running this test has set. */
function environmentOf(nodeDirectory?: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !FROM_NPM.test(name));
  const inherited = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((part) => !part.includes('node_modules'));
  const path = nodeDirectory === undefined ? inherited : [nodeDirectory, ...inherited];
  return { ...Object.fromEntries(own), PATH: path.join(delimiter) };
}

const FROM_NPM =
  /^(npm_(?!config_(registry|cache|userconfig|globalconfig|cafile)$)|NODE_(OPTIONS|ENV|PATH)$|INIT_CWD$)/i;

interface Call {
  directory: string;
  environment: NodeJS.ProcessEnv;
  program: string;
  parameters: string[];
}

async function runIn(call: Call): Promise<Output> {
  const { exitCode, stdout, stderr } = await attemptIn(call);
  if (exitCode === 0) return { stdout, stderr };
  const command = [call.program, ...call.parameters].join(' ');
  throw new Error(`${command} ended with ${exitCode} in ${call.directory}\n${stdout}\n${stderr}`);
}

async function attemptIn({ directory, environment, program, parameters }: Call): Promise<Attempt> {
  const options = { cwd: directory, env: environment, maxBuffer: 64 * 1024 * 1024, timeout: 300_000 };
  try {
    return { exitCode: 0, ...(await execute(program, parameters, options)) };
  } catch (failure) {
    const { code, signal, stdout = '', stderr = '' } = failure as Failure;
    return { exitCode: code ?? signal ?? 'no exit code', stdout, stderr };
  }
}

interface Attempt extends Output {
  exitCode: number | string;
}

interface Failure extends Partial<Output> {
  code?: number | string;
  signal?: string;
}
