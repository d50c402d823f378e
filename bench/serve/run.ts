/**
 * What serving an own model over HTTP costs: `node bench/serve/run.ts [--model <candidate folder>] [--seconds <n>]`. Server and load
 * generator are processes of their own on this machine; prints one JSON document.
 */
import { parseArgs } from 'node:util';
import type { LoadPlan } from './load-generator.ts';
import { putLoad, startServerProcess } from './processes.ts';
import { BENCH_TEXTS } from './texts.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: '' },
    seconds: { type: 'string', default: '10' },
    'cpu-profile': { type: 'string' },
  },
});
const profile = values['cpu-profile'];
const server = await startServerProcess(
  values.model,
  profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
);
const seconds = Number(values.seconds);
const plan = (part: Pick<LoadPlan, 'connections' | 'rate' | 'seconds'>): LoadPlan => ({
  port: server.port,
  model: server.model,
  texts: BENCH_TEXTS,
  batchOf: null,
  ...part,
});

const warmUp = await putLoad(plan({ connections: 16, rate: null, seconds: 2 }));
if (warmUp.failures > 0) throw new Error('the server does not answer with 200: see its messages above');
const results: Record<string, unknown> = {};
results['at500PerSecond'] = await putLoad(plan({ connections: 64, rate: 500, seconds }));
results['at3000PerSecond'] = await putLoad(plan({ connections: 64, rate: 3000, seconds }));
const before = await server.stats();
const saturated = await putLoad(plan({ connections: 16, rate: null, seconds }));
const after = await server.stats();
const cpuMsPerRequest = (1000 * (after.cpuSeconds - before.cpuSeconds)) / saturated.requests;
results['saturated16Connections'] = { ...saturated, serverCpuMsPerRequest: cpuMsPerRequest };
const [beside, batches] = await Promise.all([
  putLoad(plan({ connections: 64, rate: 500, seconds })),
  putLoad({ ...plan({ connections: 1, rate: null, seconds }), batchOf: 2000 }),
]);
results['at500PerSecondBesideBatches'] = { ...beside, batchesOf2000PerSecond: batches.perSecond };
results['server'] = after;
await server.stop();
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
