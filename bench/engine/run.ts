// usage: node bench/engine/run.ts [--sizes gpt-0.17m,encoder-1.9m] [--steps 30] [--threads 2] [--no-compile] [--variants]
//        [--python file] [--write file.json]
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../../src/util/atomic-file.ts';
import { checkVersions, prepareVirtualEnvironment, type VirtualEnvironment } from '../virtual-environment.ts';
import { parameterCount } from './architecture.ts';
import { makeBatches } from './batches.ts';
import { compare, type ComparedEntry } from './comparison.ts';
import type { Entry } from './contestant.ts';
import { writeInitialWeights } from './initial-weights.ts';
import { OUR_ENTRIES } from './ours.ts';
import { optimizerOf } from './optimizer.ts';
import { race } from './race.ts';
import { resultsTable } from './results-table.ts';
import { SIZES, type BenchmarkSize } from './sizes.ts';
import { torchPeers, torchVariants } from './torch-entries.ts';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const WARM_UP_PER_SHAPE = 3;
const MOST_LOSS_DIFFERENCE = 1e-3;
// OpenMP's threads wait for each other at every operation: one busy processor of two makes steps many times slower.
const MOST_OTHERS_SHARE = 0.1;

interface RunOptions {
  entries: readonly Entry[];
  steps: number;
  threads: number;
}

interface SizeResult extends BenchmarkSize {
  parameters: number;
  compared: ComparedEntry[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      sizes: { type: 'string', default: SIZES.map(({ name }) => name).join(',') },
      steps: { type: 'string', default: '30' },
      threads: { type: 'string', default: '2' },
      compile: { type: 'boolean', default: true },
      variants: { type: 'boolean', default: false },
      python: { type: 'string' },
      write: { type: 'string' },
    },
  });
  const { python, versions } = await pythonEnvironment(values.python);
  const entries = [
    ...OUR_ENTRIES,
    ...torchPeers(python, values),
    ...(values.variants ? torchVariants(python, { ...values, directory: await cacheDirectory() }) : []),
  ];
  const options = { entries, steps: Number(values.steps), threads: Number(values.threads) };
  const results: SizeResult[] = [];
  for (const name of values.sizes.split(',')) results.push(await benchmark(sizeNamed(name), options));
  if (values.write !== undefined) {
    const machine = { processor: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() };
    const report = { node: process.version, ...machine, threads: options.threads, peers: versions, results };
    await writeFileAtomic(resolve(values.write), `${JSON.stringify(report, null, 2)}\n`);
  }
  if (!results.every(({ compared }) => agree(compared))) process.exitCode = 1;
}

async function pythonEnvironment(given: string | undefined): Promise<VirtualEnvironment> {
  if (given !== undefined) return { python: given, versions: await checkVersions(given, REQUIREMENTS) };
  return prepareVirtualEnvironment({ directory: await cacheDirectory(), requirementsPath: REQUIREMENTS });
}

async function cacheDirectory(): Promise<string> {
  const cache = process.env['HOMEGROWN_BENCH_CACHE'] ?? join(tmpdir(), 'homegrown-bench');
  const directory = join(cache, 'engine');
  await mkdir(directory, { recursive: true });
  return directory;
}

function sizeNamed(name: string): BenchmarkSize {
  const size = SIZES.find((one) => one.name === name);
  if (size !== undefined) return size;
  throw new Error(`no size "${name}"; there are ${SIZES.map((one) => one.name).join(', ')}`);
}

async function benchmark(size: BenchmarkSize, { entries, steps, threads }: RunOptions): Promise<SizeResult> {
  const { architecture } = size;
  const directory = await mkdtemp(join(tmpdir(), 'bench-engine-'));
  try {
    const weights = join(directory, 'weights.safetensors');
    await writeInitialWeights(weights, architecture);
    const batches = await makeBatches(size, { warmUp: WARM_UP_PER_SHAPE, timed: steps });
    const setup = { architecture, weights, optimizer: optimizerOf(architecture), threads };
    const compared = compare(await race(entries, setup, batches), WARM_UP_PER_SHAPE);
    const parameters = parameterCount(architecture);
    for (const one of compared) checkParameters(one, parameters);
    console.log(`\n### ${size.name}: ${parameters} parameters, ${steps} steps, ${threads} threads\n`);
    console.log(resultsTable(compared));
    if (compared.some(({ othersShare }) => othersShare > MOST_OTHERS_SHARE)) {
      console.log('\n**Other programs kept the processors busy: these times are wrong.**');
    }
    if (!agree(compared)) console.log(`\n**Losses differ by more than ${MOST_LOSS_DIFFERENCE}.**`);
    return { ...size, parameters, compared };
  } finally {
    await rm(directory, { recursive: true });
  }
}

function checkParameters({ name, parameters }: ComparedEntry, expected: number): void {
  if (parameters !== expected) throw new Error(`${name} trains ${parameters} parameters, not ${expected}`);
}

function agree(compared: readonly ComparedEntry[]): boolean {
  return compared.every(({ lossDifference }) => lossDifference <= MOST_LOSS_DIFFERENCE);
}

await main();
