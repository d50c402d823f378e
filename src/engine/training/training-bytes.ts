import { activationBytes, graphCost, type Lengths } from '../graph/graph-cost.ts';
import type { OptimizerSettings } from '../optim/optimizer-settings.ts';
import { parameterBytes, regionsOf } from '../optim/parameter-memory.ts';
import { gradientNames, type TrainingGraph } from './training-graph.ts';

/** Those of the caller and those on their way to the worker. */
const COPIES_OF_FIRST_VALUES = 2;
/** What ONNX Runtime's allocator leaves unused between blocks, and what its session takes for each node: fitted with bench/engine/memory.ts. */
const ARENA_WASTE = 1.25;
const NODE_BYTES = 25_000;

/** What the memory of a training depends on. */
export interface TrainingMemory {
  readonly training: TrainingGraph;
  readonly optimizer: OptimizerSettings;
  readonly averageDecay: number | null;
}

/**
 * About how many bytes a trainer takes for micro-batches of such lengths, from shapes alone: parameters, gradients, moments, and the most
 * that lives at any time of a step. Throws `engine/too-large` where no trainer can hold the parameters.
 */
export function trainingBytes(
  { training: { graph }, optimizer, averageDecay }: TrainingMemory,
  lengths: Lengths,
): number {
  const parameters = graph.parameters.map(({ shape }) => ({ shape: shape.map(Number) }));
  const names = graph.parameters.flatMap(({ origin }) => (origin.kind === 'parameter' ? [origin.name] : []));
  const gradients = names.map(gradientNames);
  const elsewhere = new Set([
    ...graph.inputs.filter(({ origin }) =>
      gradients.some(({ before }) => 'name' in origin && origin.name === before),
    ),
    ...gradients.flatMap(({ after }) => graph.outputs[after] ?? []),
  ]);
  const regions = regionsOf(optimizer, averageDecay !== null);
  const { constantBytes, parameterBytes: weights } = graphCost(graph, lengths);
  return Math.round(
    parameterBytes(parameters, regions) +
      COPIES_OF_FIRST_VALUES * weights +
      ARENA_WASTE * activationBytes(graph, { lengths, elsewhere }) +
      constantBytes +
      NODE_BYTES * graph.nodes.length,
  );
}
