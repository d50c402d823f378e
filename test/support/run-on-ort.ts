import type { Graph } from '../../src/engine/graph/graph.ts';
import type { NdArray } from '../../src/engine/graph/nd-array.ts';
import type { Value } from '../../src/engine/graph/value.ts';
import { writeGraph } from '../../src/engine/onnx/graph-writer.ts';
import { bound, OrtSession } from '../../src/engine/runtime/ort/ort-session.ts';

/** Computes a graph in float32 on ONNX Runtime, in this thread. */
export async function runOnOrt(
  graph: Graph,
  feeds: Readonly<Record<string, NdArray>>,
): Promise<Record<string, NdArray>> {
  const session = await OrtSession.open(writeGraph(graph), { threads: 1 });
  const given = [...graph.inputs, ...graph.parameters].map((value) => boundInput(value, feeds));
  const results = await session.run(Object.fromEntries(given), Object.keys(graph.outputs));
  const outputs = Object.entries(results).map(([name, { dims, data }]) => {
    const numbers = Float64Array.from(data as Float32Array);
    return [name, { shape: dims, data: numbers }] as const;
  });
  await session.close();
  return Object.fromEntries(outputs);
}

function boundInput(
  { origin, type }: Value,
  feeds: Readonly<Record<string, NdArray>>,
): readonly [string, ReturnType<typeof bound>] {
  const name = origin.kind === 'input' || origin.kind === 'parameter' ? origin.name : '';
  const { shape, data } = feeds[name]!;
  return [name, bound({ shape, data: type === 'int32' ? Int32Array.from(data) : Float32Array.from(data) })];
}
