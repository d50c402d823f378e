import { expect, test } from 'vitest';
import { randomGraph } from '../../../test/random-graphs/random-graph.ts';
import { largestDifference } from '../../../test/support/largest-difference.ts';
import { runOnOrt } from '../../../test/support/run-on-ort.ts';
import { gradients } from '../autodiff/gradients.ts';
import { GraphBuilder } from '../graph/graph-builder.ts';
import { graphOf } from '../graph/graph.ts';
import type { NdArray } from '../graph/nd-array.ts';
import { printGraph } from '../graph/print-graph.ts';
import type { Value } from '../graph/value.ts';
import { evaluateGraph } from '../runtime/reference/evaluate-graph.ts';

const SESSIONS = 10;
const GRAPHS_EACH = 20;
const OPERATORS_EACH = 12;
const TOLERANCE = 1e-4;

/** Several random graphs side by side, with their losses and gradients as outputs. */
function sideBySide(firstSeed: number): { outputs: Record<string, Value>; feeds: Record<string, NdArray> } {
  const builder = new GraphBuilder();
  const outputs: Record<string, Value> = {};
  const feeds: Record<string, NdArray> = {};
  for (let seed = firstSeed; seed < firstSeed + GRAPHS_EACH; seed++) {
    const prefix = `g${seed}-`;
    const { graph, loss } = randomGraph(seed, OPERATORS_EACH, { builder, prefix });
    outputs[`${prefix}loss`] = loss;
    const names = [...graph.leaves.keys()];
    for (const [at, gradient] of gradients(loss, [...graph.leaves.values()]).entries())
      if (gradient !== null) outputs[`d${names[at]!}`] = gradient;
    Object.assign(feeds, graph.feeds);
  }
  return { outputs, feeds };
}

test.each(Array.from({ length: SESSIONS }, (_, index) => 1_000_000 + index * GRAPHS_EACH))(
  'random graphs from seed %i on are the same on ONNX Runtime, with fused operators, as by definition',
  async (firstSeed) => {
    const { outputs, feeds } = sideBySide(firstSeed);
    const graph = graphOf(outputs);
    const expected = evaluateGraph(graph, feeds);
    const found = await runOnOrt(graph, feeds);
    for (const [name, value] of Object.entries(expected)) {
      const size = 1 + value.data.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
      const scaled = ({ shape, data }: NdArray): NdArray => ({ shape, data: data.map((x) => x / size) });
      const difference = largestDifference(scaled(found[name]!), scaled(value));
      if (!(difference < TOLERANCE))
        expect.fail(`${name}: ${difference}\n${printGraph(graphOf({ [name]: outputs[name]! }))}`);
    }
  },
);
