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
const minutes = Number(values.minutes);
const server = await startServerProcess(values.model);
const plan = { port: server.port, model: server.model, texts: BENCH_TEXTS, connections: 32, batchOf: null };

// The heap and its code caches reach their working size first.
await putLoad({ ...plan, rate: null, seconds: Math.min(30, 10 * minutes) });
const samples: ServerStats[] = [];
const load = putLoad({ ...plan, rate: Number(values.rate), seconds: 60 * minutes });
let running = true;
void load.finally(() => (running = false));
while (running) {
  await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  samples.push(await server.stats());
}
const result = await load;
await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
const idle = await server.stats();
await server.stop();

const rss = growthOf(samples.map(({ rssBytes }) => rssBytes));
const heap = growthOf(samples.map(({ heapBytes }) => heapBytes));
const mostHandles = Math.max(...samples.map(({ handles }) => handles));
/** A leak of one small object per request would be far above this: 2 % of the memory over the whole run, or 4 MB. */
const allowedBytes = Math.max(4e6, 0.02 * rss.first);
const isFlat = rss.growth <= allowedBytes && mostHandles <= plan.connections + 10 && idle.handles <= 10;
const verdict = { isFlat, allowedBytes, mostHandles, handlesAfterwards: idle.handles };
process.stdout.write(`${JSON.stringify({ minutes, load: result, rss, heap, ...verdict }, null, 2)}\n`);
process.exitCode = isFlat && result.failures === 0 ? 0 : 1;
