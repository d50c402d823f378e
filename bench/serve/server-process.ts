/**
 * A server in a process of its own: `fork('server-process.ts', [candidate folder or ''])` sends `{ port }`, answers the
 * message `stats` with its memory and handles (`collect`: after a garbage collection), and ends on `stop`. Without a folder it serves a keyword model.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../src/gateway/server.ts';
import { readCandidateManifest } from '../../src/predictor/candidate-folder.ts';
import type { Predictor } from '../../src/predictor/predictor.ts';
import { loadKeywordModel, saveKeywordModel } from '../../test/support/keyword-model.ts';
import { KEYWORDS, openRegistryIn, taskOf } from '../../test/support/serve-keyword-model.ts';

/** What the server process says about itself. */
export interface ServerStats {
  rssBytes: number;
  /** Objects and what they hold outside the heap. */
  heapBytes: number;
  handles: number;
  cpuSeconds: number;
}

function stats(): ServerStats {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed + external,
    handles: process.getActiveResourcesInfo().length,
    cpuSeconds: (user + system) / 1e6,
  };
}

async function loadOwnModel(directory: string): Promise<Predictor> {
  const { loadPredictor } = await import('../../src/project/load-predictor.ts');
  const get = (): never => {
    throw new Error('this server has no upstreams');
  };
  return loadPredictor(directory, { upstreams: { names: [], get } });
}

const given = process.argv[2] ?? '';
const directory = await mkdtemp(join(tmpdir(), 'homegrown-bench-'));
const registry = await openRegistryIn(join(directory, '.homegrown'));
const candidate = given === '' ? join(directory, 'candidate') : given;
if (given === '') await saveKeywordModel(candidate, { task: 'topic', keywords: KEYWORDS });
const { task } = await readCandidateManifest(candidate);
await registry.register({ directory: candidate, task, evaluation: null, goLive: 'if-first' });
const load = given === '' ? loadKeywordModel : loadOwnModel;
const server = await startServer({
  port: 0,
  tasks: [taskOf(task)],
  registry,
  load,
  log: ({ message }) => console.error(message),
});

process.on('message', (message) => {
  if (message === 'collect') globalThis.gc?.();
  if (message === 'stats' || message === 'collect') process.send?.(stats());
  if (message === 'stop') void stop();
});
process.send?.({ port: server.port, model: `task:${task}` });

async function stop(): Promise<void> {
  await server.close();
  await registry.close();
  await rm(directory, { recursive: true, force: true });
  process.disconnect();
}
