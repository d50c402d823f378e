/**
 * The gateway of a soak in a process of its own: `fork('soak-server.ts', [project directory], { execArgv: ['--expose-gc'] })` sends
 * `{ port }`, answers `stats` and `collect` (after a garbage collection) with its memory and handles, and ends on `stop`.
 */
import { readdirSync } from 'node:fs';
import { openProject } from '../../../src/index.ts';

/** What the process holds. */
export interface SoakStats {
  rssBytes: number;
  /** The main thread's heap and what it holds outside. */
  heldBytes: number;
  /** Timers, sockets and the like that keep the event loop alive. */
  handles: number;
  /** Open file descriptors. */
  files: number;
}

const project = await openProject(process.argv[2]!);
const server = await project.serve({ port: 0, log: () => undefined });

function stats(): SoakStats {
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    rssBytes: rss,
    heldBytes: heapUsed + external,
    handles: process.getActiveResourcesInfo().length,
    files: readdirSync('/proc/self/fd').length,
  };
}

process.on('message', (message) => {
  if (message === 'collect') globalThis.gc?.();
  if (message === 'stats' || message === 'collect') process.send?.(stats());
  if (message === 'stop') void stop();
});
// Without who started it nobody would end it.
process.once('disconnect', () => process.exit());
process.send?.({ port: server.port });

async function stop(): Promise<void> {
  await server.close();
  await project.close();
  process.disconnect();
}
