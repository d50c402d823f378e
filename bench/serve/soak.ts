/**
 * Load for a long time, watching memory and handles: `node bench/serve/soak.ts --minutes 30 [--rate 1000] [--model <candidate folder>]`.
 * Prints one JSON document and ends with 1 when memory or handles grow.
 */
import { parseArgs } from 'node:util';
import { putLoad, startServerProcess } from './processes.ts';
import type { ServerStats } from './server-process.ts';
import { growthOf } from './growth.ts';
import { BENCH_TEXTS } from './texts.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '1000' },
    model: { type: 'string', default: '' },
  },
});
const SAMPLE_MS = 1000;
const COLLECT_EVERY = 5;
const minutes = Number(values.minutes);
const server = await startServerProcess(values.model, ['--expose-gc']);
const plan = { port: server.port, model: server.model, texts: BENCH_TEXTS, connections: 32, batchOf: null };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// Code and caches reach their working size first.
await putLoad({ ...plan, rate: null, seconds: Math.min(30, 10 * minutes) });
const samples: ServerStats[] = [];
const collected: ServerStats[] = [];
const load = putLoad({ ...plan, rate: Number(values.rate), seconds: 60 * minutes });
let running = true;
void load.finally(() => (running = false));
for (let round = 0; running; round++) {
  await sleep(SAMPLE_MS);
  samples.push(await server.stats());
  if (round % COLLECT_EVERY === 0) collected.push(await server.collectedStats());
}
const result = await load;
await sleep(SAMPLE_MS);
const idle = await server.stats();
await server.stop();

/** What is still held after a garbage collection tells a leak from garbage: 2 MB or 5 % are allowed over the whole run. */
const held = growthOf(collected.map(({ heapBytes }) => heapBytes));
const rss = growthOf(samples.map(({ rssBytes }) => rssBytes));
const third = Math.ceil(samples.length / 3);
const largestRss = (part: ServerStats[]): number => Math.max(...part.map(({ rssBytes }) => rssBytes));
const rssRatio = largestRss(samples.slice(-third)) / largestRss(samples.slice(0, third));
const mostHandles = Math.max(...samples.map(({ handles }) => handles));
const allowedBytes = Math.max(2e6, 0.05 * held.first);
const isFlat =
  held.growth <= allowedBytes &&
  rssRatio <= 1.25 &&
  mostHandles <= plan.connections + 10 &&
  idle.handles <= 10;
const verdict = {
  isFlat,
  allowedBytes,
  rssLastThirdToFirst: rssRatio,
  mostHandles,
  handlesAfterwards: idle.handles,
};
process.stdout.write(`${JSON.stringify({ minutes, load: result, held, rss, ...verdict }, null, 2)}\n`);
process.exitCode = isFlat && result.failures === 0 ? 0 : 1;
