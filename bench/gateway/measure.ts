import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Contestant } from './contestant.ts';
import { forgetPeaks, processUse } from './process-use.ts';
import { requestBytes, type Scenario } from './scenarios.ts';
import type { Tools } from './tools.ts';

/** How a series of milliseconds was spread. */
export interface Percentiles {
  count: number;
  mean: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
}

/** What the load generator says (`native/load.c`). */
export interface LoadResult {
  requests: number;
  failures: number;
  unfinished: number;
  reconnections: number;
  seconds: number;
  askedSeconds: number;
  perSecond: number;
  partsPerSecond: number;
  mostWaiting: number;
  firstFailure: string;
  /** From when a request was due (open loop) or sent (closed loop) to the end of its answer. */
  latencyMs: Percentiles | null;
  /** From when a request was sent to its first part with content. */
  firstPartMs: Percentiles | null;
  /** From a part's writing by the upstream to its reading by the client. */
  partDelayMs: Percentiles | null;
}

/** One scenario on one contestant. */
export interface Measured {
  contestant: string;
  scenario: string;
  round: number;
  load: LoadResult;
  /** Of the contestant's processes while it ran; null for the upstream. */
  cpuMsPerCall: number | null;
  cpuUsPerPart: number | null;
  /** Cores in use on average. */
  cpuCores: number | null;
  peakBytes: number | null;
}

const run = promisify(execFile);

/** Puts the load on and reads what the contestant's processes used meanwhile. */
export async function measure(
  tools: Tools,
  contestant: Contestant,
  { scenario, seconds, round }: { scenario: Scenario; seconds: number; round: number },
): Promise<Measured> {
  const pid = contestant.process?.pid;
  await forgetPeaks(pid);
  const before = await processUse(pid);
  const load = await putLoad(tools, contestant, { scenario, seconds, round });
  const after = await processUse(pid);
  const cpuSeconds = before === null || after === null ? null : after.cpuSeconds - before.cpuSeconds;
  const parts = load.partDelayMs?.count ?? 0;
  return {
    contestant: contestant.name,
    scenario: scenario.name,
    round,
    load,
    cpuMsPerCall: cpuSeconds === null ? null : (1000 * cpuSeconds) / load.requests,
    cpuUsPerPart: cpuSeconds === null || parts === 0 ? null : (1e6 * cpuSeconds) / parts,
    cpuCores: cpuSeconds === null ? null : cpuSeconds / load.seconds,
    peakBytes: after?.peakBytes ?? null,
  };
}

/** Runs the load generator. */
export async function putLoad(
  tools: Tools,
  contestant: Contestant,
  { scenario, seconds, round }: { scenario: Scenario; seconds: number; round: number },
): Promise<LoadResult> {
  const path = join(tools.directory, `request-${process.pid}.txt`);
  await writeFile(path, requestBytes(scenario, contestant.headers));
  const settings = {
    port: contestant.port,
    request: path,
    seconds,
    connections: scenario.connections,
    rate: scenario.rate ?? 0,
    poisson: 1,
    parts: scenario.stream?.parts ?? 0,
    seed: round * 1_000_003 + 17,
  };
  const { stdout } = await run(
    tools.load,
    Object.entries(settings).map(([name, value]) => `${name}=${value}`),
  );
  await rm(path);
  return JSON.parse(stdout) as LoadResult;
}
