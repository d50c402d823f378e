import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LoadPlan, LoadResult } from './load-generator.ts';
import type { ServerStats } from './server-process.ts';

/** A server in a child process. */
export interface ServerProcess {
  port: number;
  model: string;
  stats(): Promise<ServerStats>;
  /** The same after a garbage collection; needs `--expose-gc` among `execArgv`. */
  collectedStats(): Promise<ServerStats>;
  stop(): Promise<void>;
}

/** Starts the server over a candidate folder; without one, over a keyword model. */
export async function startServerProcess(candidate = '', execArgv: string[] = []): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL('server-process.ts', import.meta.url)), [candidate], { execArgv });
  const { port, model } = (await nextMessage(child)) as { port: number; model: string };
  return {
    port,
    model,
    stats: () => ask(child, 'stats'),
    collectedStats: () => ask(child, 'collect'),
    stop: async () => {
      child.send('stop');
      await once(child, 'exit');
    },
  };
}

async function ask(child: ChildProcess, question: string): Promise<ServerStats> {
  child.send(question);
  return (await nextMessage(child)) as ServerStats;
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const done = new AbortController();
  const ended = once(child, 'exit', { signal: done.signal }).then(([code]) => {
    throw new Error(`the server process ended with ${String(code)}`);
  });
  try {
    const [message] = (await Promise.race([
      once(child, 'message', { signal: done.signal }),
      ended,
    ])) as unknown[];
    return message;
  } finally {
    ended.catch(() => undefined);
    done.abort();
  }
}

const run = promisify(execFile);

/** Runs a load plan in a process of its own. */
export async function putLoad(plan: LoadPlan): Promise<LoadResult> {
  const script = fileURLToPath(new URL('load-generator.ts', import.meta.url));
  const { stdout } = await run(process.execPath, [script, JSON.stringify(plan)], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as LoadResult;
}
