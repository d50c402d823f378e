import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from '../../src/gateway/server.ts';
import { openProject } from '../../src/project/project.ts';
import { FAULT_ROWS } from './faults.ts';
import { type FaultyUpstream, startFaultyUpstream } from '../stand-in/faulty-upstream.ts';

/** Times that the gateway of the fault table keeps; short, so that the table is made in seconds. */
export const SERVING = {
  connectMs: 2000,
  firstContentMs: 1500,
  betweenPartsMs: 1000,
  wholeMs: 3000,
  retries: 1,
  maxPauseMs: 300,
  maxAnswerBytes: 1_000_000,
};

/** Longest time that a call may take: each target may be asked twice for its whole time, with a pause between, and a second for the machine. */
export const LONGEST_MS: number = 2 * (2 * SERVING.wholeMs + SERVING.maxPauseMs) + 1000;

/** A gateway before two upstreams: one that fails as its model's name says, and one that answers well. */
export interface Scene {
  readonly faulty: FaultyUpstream;
  readonly good: FaultyUpstream;
  readonly server: RunningServer;
  /** Name of the model whose calls meet a fault; with a fallback the good upstream is asked after it. */
  modelFor(fault: string, hasFallback: boolean): string;
  close(): Promise<void>;
}

/** Starts the scene for all faults of the table. */
export async function openScene(): Promise<Scene> {
  const faults = [...new Set(FAULT_ROWS.map(({ fault }) => fault))];
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-faults-'));
  const faulty = await startFaultyUpstream();
  const good = await startFaultyUpstream();
  const chains = faults.map((fault, index) => [
    `fault-${index}`,
    { kind: 'classify' as const, data: 'none.jsonl', upstream: [`faulty/fault:${fault}`, 'good/m'] },
  ]);
  const upstream = ({ baseUrl }: FaultyUpstream): object => ({ baseUrl, model: 'm', serving: SERVING });
  const project = await openProject(directory, {
    config: {
      tasks: Object.fromEntries(chains),
      upstreams: { faulty: upstream(faulty), good: upstream(good) } as never,
      defaultUpstream: 'faulty',
      capture: { mode: 'off' },
    },
  });
  const server = await project.serve({ port: 0 });
  return {
    faulty,
    good,
    server,
    modelFor: (fault, hasFallback) =>
      hasFallback ? `task:fault-${faults.indexOf(fault)}` : `faulty/fault:${fault}`,
    close: async () => {
      await server.close();
      await project.close();
      await Promise.all([faulty.close(), good.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
