import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HOMEGROWN = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist', 'cli', 'main.js');

/** The command line of the built package in one project. */
export class Homegrown {
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(directory: string, environment: Record<string, string>) {
    this.#directory = directory;
    this.#environment = { ...process.env, ...environment };
  }

  /** Runs a command, its output shown. */
  async run(...parameters: string[]): Promise<void> {
    const child = this.#start(parameters, ['ignore', 'inherit', 'inherit']);
    await succeeded(child, parameters);
  }

  /** Runs a command and reads the JSON that it prints. */
  async json<T>(...parameters: string[]): Promise<T> {
    const child = this.#start(['--json', ...parameters], ['ignore', 'pipe', 'ignore']);
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await succeeded(child, parameters);
    return JSON.parse(text) as T;
  }

  /** Starts the server on a free port; gives its address. */
  async serve(onNews: (line: string) => void): Promise<{ url: string; stop(): Promise<void> }> {
    const parameters = ['--json', 'serve', '--port', '0'];
    const child = this.#start(parameters, ['ignore', 'pipe', 'pipe']);
    createInterface({ input: child.stderr! }).on('line', onNews);
    const lines = createInterface({ input: child.stdout! });
    const [line] = (await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => {
        throw new Error('the server ended before it listened');
      }),
    ])) as [string];
    const stop = async (): Promise<void> => {
      const ended = succeeded(child, parameters);
      child.kill('SIGTERM');
      await ended;
    };
    return { url: (JSON.parse(line) as { url: string }).url, stop };
  }

  #start(parameters: readonly string[], stdio: ('ignore' | 'inherit' | 'pipe')[]): ChildProcess {
    return spawn(process.execPath, [HOMEGROWN, ...parameters], {
      cwd: this.#directory,
      env: this.#environment,
      stdio,
    });
  }
}

async function succeeded(child: ChildProcess, parameters: readonly string[]): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  if (child.exitCode !== 0)
    throw new Error(`${parameters.join(' ')} ended with ${child.exitCode ?? child.signalCode}`);
}
