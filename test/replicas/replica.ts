import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** One `homegrown serve` in a process of its own. */
export class Replica {
  readonly name: string;
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #log: string[];

  private constructor(parts: { name: string; url: string; child: ChildProcess; log: string[] }) {
    this.name = parts.name;
    this.url = parts.url;
    this.#child = parts.child;
    this.#log = parts.log;
  }

  /** Starts it and waits until it listens. */
  static async start(name: string, directory: string, env: Record<string, string>): Promise<Replica> {
    const child = spawn(process.execPath, [main, '--project', directory, '--json', 'serve', '--port', '0'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    createInterface(child.stderr).on('line', (line) => log.push(line));
    const url = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => resolve((JSON.parse(line) as { url: string }).url));
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code}:\n${log.join('\n')}`)));
    });
    return new Replica({ name, url, child, log });
  }

  /** What it wrote to standard error. */
  get log(): string {
    return this.#log.join('\n');
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends it as Ctrl-C does, and returns its exit code. */
  async stop(): Promise<number | null> {
    if (!this.isRunning) return this.#child.exitCode;
    this.#child.kill('SIGINT');
    await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}
