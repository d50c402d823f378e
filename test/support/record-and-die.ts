import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { captureConfigSchema } from '../../src/schema/capture-config.ts';
import { openCapture } from '../../src/store/capture/open-capture.ts';
import type { StoreLocation } from '../../src/store/capture/store-location.ts';
import type { CaptureBench } from './capture-bench.ts';
import { sampleCall } from './sample-call.ts';

/** Another process keeps calls while the store is away and is killed; returns the ids of those that it knew to be on disk. */
export async function recordAndDie(
  { directory, store, outage }: CaptureBench,
  count: number,
): Promise<string[]> {
  const setup = JSON.stringify({ directory, store, outage, count });
  const { signal, stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, setup], {
    encoding: 'utf8',
  });
  if (signal !== 'SIGKILL') throw new Error(`it was not killed: ${stderr}`);
  return JSON.parse(stdout) as string[];
}

async function main(setup: string): Promise<void> {
  const { directory, store, outage, count } = JSON.parse(setup) as {
    directory: string;
    store: StoreLocation;
    outage: string;
    count: number;
  };
  writeFileSync(outage, 'away');
  const capture = await openCapture({
    directory,
    store,
    config: captureConfigSchema.parse({ mode: 'sync' }),
  });
  const ids: string[] = [];
  for (let made = 0; made < count; made++) {
    const call = sampleCall();
    await capture.record(call);
    ids.push(call.summary.id);
  }
  const { unlinkSync } = await import('node:fs');
  unlinkSync(outage);
  process.stdout.write(JSON.stringify(ids), () => process.kill(process.pid, 'SIGKILL'));
}

if (process.argv[1] === import.meta.filename) await main(process.argv[2]!);
