import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

// Programs started here end with this one, also when it is told to end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const kept = new WeakMap<ChildProcess, string[]>();

/** Starts a program whose messages are kept for the case that it fails. */
export function startProgram(
  command: string,
  parameters: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; readsStdout?: boolean } = {},
): ChildProcess {
  const { cwd, env = {}, readsStdout = false } = options;
  const child = spawn(command, parameters, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  kept.set(child, lines);
  const keep = (text: Buffer): void => {
    lines.push(text.toString());
    if (lines.length > 100) lines.shift();
  };
  child.stderr.on('data', keep);
  if (!readsStdout) child.stdout.on('data', keep);
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

/** The last it said. */
export function lastWords(child: ChildProcess): string {
  return (kept.get(child) ?? []).join('').slice(-2000);
}

/** The first line that it prints. */
export async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    child.stdout!.resume();
    return line;
  }
  throw new Error(`${child.spawnargs.join(' ')} ended before it was ready:\n${lastWords(child)}`);
}

/** Waits until somebody listens. */
export async function listens(port: number, child: ChildProcess, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await isOpen(port))) {
    if (child.exitCode !== null || performance.now() > end)
      throw new Error(`${child.spawnargs.join(' ')} does not listen:\n${lastWords(child)}`);
    await sleep(100);
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Ends it politely, and by force after `seconds`. */
export async function stopProgram(child: ChildProcess, seconds = 60): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  await ended;
  clearTimeout(force);
}
