// usage: node bench/engine/profile.ts [--sizes gpt-5.9m,encoder-1.9m] [--steps 8] [--threads 2]
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GraphBuilder } from '../../src/engine/graph/graph-builder.ts';
import { matmul } from '../../src/engine/graph/functions.ts';
import { graphOf } from '../../src/engine/graph/graph.ts';
import { writeGraph } from '../../src/engine/onnx/graph-writer.ts';
import { bound, OrtSession } from '../../src/engine/runtime/ort/ort-session.ts';
import { makeBatches } from './batches.ts';
import { OurContestant } from './ours-contestant.ts';
import { writeInitialWeights } from './initial-weights.ts';
import { optimizerOf } from './optimizer.ts';
import { SIZES, type BenchmarkSize } from './sizes.ts';

/** One event of ONNX Runtime's trace. */
interface TraceEvent {
  cat: string;
  name: string;
  /** Microseconds. */
  dur: number;
  args?: {
    op_name?: string;
    input_type_shape?: Record<string, number[]>[];
    output_type_shape?: Record<string, number[]>[];
  };
}

const PRODUCTS: ReadonlySet<string> = new Set(['Gemm', 'MatMul', 'FusedMatMul']);
const PEAK_SIZE = 2048;
const PEAK_RUNS = 8;

/** Where the time of our steps goes: by ONNX operator, and how near the machine's peak the matrix products are. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: 'string', default: SIZES.map(({ name }) => name).join(',') },
      steps: { type: 'string', default: '8' },
      threads: { type: 'string', default: '2' },
    },
  });
  const threads = Number(values.threads);
  const peak = await peakFlops(threads);
  console.log(`a product of ${PEAK_SIZE} × ${PEAK_SIZE}: ${(peak / 1e9).toFixed(0)} GFLOP/s at best`);
  for (const size of SIZES.filter(({ name }) => values.sizes.split(',').includes(name)))
    console.log(await profile(size, { steps: Number(values.steps), threads, peak }));
}

async function profile(
  size: BenchmarkSize,
  { steps, threads, peak }: { steps: number; threads: number; peak: number },
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-engine-profile-'));
  try {
    const { architecture } = size;
    const weights = join(directory, 'weights.safetensors');
    await writeInitialWeights(weights, architecture);
    const { timed } = await makeBatches(size, { warmUp: 0, timed: steps });
    const contestant = new OurContestant(join(directory, 'trace'));
    await contestant.init({ architecture, weights, optimizer: optimizerOf(architecture), threads });
    let seconds = 0;
    for (const batch of timed) seconds += (await contestant.step(batch, 3e-4)).seconds;
    await contestant.close();
    return describe(size.name, await readTrace(directory), { seconds, peak });
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function readTrace(directory: string): Promise<TraceEvent[]> {
  const name = (await readdir(directory)).find((file) => file.startsWith('trace'))!;
  const events = JSON.parse(await readFile(join(directory, name), 'utf8')) as TraceEvent[];
  return events.filter(({ cat, name: event }) => cat === 'Node' && event.endsWith('kernel_time'));
}

function describe(
  name: string,
  events: readonly TraceEvent[],
  { seconds, peak }: { seconds: number; peak: number },
): string {
  const micros = new Map<string, number>();
  let flops = 0;
  for (const { args, dur } of events) {
    const operator = args?.op_name ?? 'unknown';
    micros.set(operator, (micros.get(operator) ?? 0) + dur);
    if (PRODUCTS.has(operator)) flops += productFlops(args!);
  }
  const share = (time: number): string => `${((100 * time) / 1e6 / seconds).toFixed(1)} %`;
  const products = [...PRODUCTS].reduce((sum, operator) => sum + (micros.get(operator) ?? 0), 0);
  const rate = flops / (products / 1e6);
  const rest = [...micros].filter(([operator]) => !PRODUCTS.has(operator)).toSorted((a, b) => b[1] - a[1]);
  const kernels = [...micros.values()].reduce((a, b) => a + b, 0);
  return [
    `\n### ${name}`,
    `matrix products: ${share(products)} of the time of a step, at ${(rate / 1e9).toFixed(0)} GFLOP/s, ${((100 * rate) / peak).toFixed(0)} % of the peak`,
    ...rest.slice(0, 8).map(([operator, time]) => `${operator}: ${share(time)}`),
    `between operators, update, messages: ${share(seconds * 1e6 - kernels)}`,
  ].join('\n');
}

/** 2 m n k from the shapes of a product's first factor and its result. */
function productFlops({
  input_type_shape: inputs,
  output_type_shape: outputs,
}: NonNullable<TraceEvent['args']>): number {
  const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);
  const first = Object.values(inputs![0]!)[0]!;
  const result = Object.values(outputs![0]!)[0]!;
  const rows = sizeOf(result.slice(0, -1));
  return 2 * sizeOf(result) * (sizeOf(first) / rows);
}

/** The best rate of large square products. */
async function peakFlops(threads: number): Promise<number> {
  const builder = new GraphBuilder();
  const type = { type: 'float32', shape: [PEAK_SIZE, PEAK_SIZE] } as const;
  const product = matmul(builder.input('a', type), builder.input('b', type));
  const session = await OrtSession.open(writeGraph(graphOf({ product }), { unreadableOutput: true }), {
    threads,
  });
  const tensor = (): Parameters<typeof bound>[0] => ({
    shape: type.shape,
    data: new Float32Array(PEAK_SIZE ** 2).fill(0.5),
  });
  const [feeds, outputs] = [{ a: bound(tensor()), b: bound(tensor()) }, { product: bound(tensor()) }];
  let least = Infinity;
  for (let run = 0; run < PEAK_RUNS; run++) {
    const started = performance.now();
    await session.runInto(feeds, outputs);
    least = Math.min(least, performance.now() - started);
  }
  await session.close();
  return (2 * PEAK_SIZE ** 3) / (least / 1000);
}

await main();
