import { seededRandom } from '../../../util/random.ts';
import { gradients } from '../../autodiff/gradients.ts';
import { graphOf } from '../../graph/graph.ts';
import { type NdArray, ndArray } from '../../graph/nd-array.ts';
import type { Value } from '../../graph/value.ts';
import { evaluateGraph } from './evaluate-graph.ts';

/** A derivative along a random direction, by differentiation rules and by differences of the function. */
export interface GradientCheck {
  readonly byRules: number;
  readonly byDifferences: number;
  /** Their difference relative to the larger of 1 and the sum of |gradient × direction|. */
  readonly error: number;
}

export interface GradientCheckOptions {
  /** A single number. */
  readonly loss: Value;
  /** Inputs and parameters of the graph, by name. */
  readonly by: ReadonlyMap<string, Value>;
  readonly feeds: Readonly<Record<string, NdArray>>;
  readonly seed: number;
  /** Of the differences. */
  readonly step?: number;
}

/** Compares the gradients of a loss with central differences of fourth order in float64, along one direction through all of `by`. */
export function checkGradients({ loss, by, feeds, seed, step = 1e-3 }: GradientCheckOptions): GradientCheck {
  const random = seededRandom(seed);
  const names = [...by.keys()];
  const direction = new Map(
    names.map((name) => [name, directionOf(feeds[name]!, () => 2 * random.next() - 1)]),
  );
  const found = evaluateGraph(graphOf(gradientOutputs(loss, by)), feeds);
  let byRules = 0;
  let scale = 1;
  for (const name of names) {
    const slopes = found[gradientName(name)]?.data ?? new Float64Array();
    for (const [index, slope] of slopes.entries()) {
      byRules += slope * direction.get(name)!.data[index]!;
      scale += Math.abs(slope * direction.get(name)!.data[index]!);
    }
  }
  const graph = graphOf({ loss });
  const at = (distance: number): number =>
    evaluateGraph(graph, { ...feeds, ...moved(feeds, direction, distance * step) })['loss']!.data[0]!;
  const byDifferences = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
  return { byRules, byDifferences, error: Math.abs(byRules - byDifferences) / scale };
}

/** Those that are null are left out. */
function gradientOutputs(loss: Value, by: ReadonlyMap<string, Value>): Record<string, Value> {
  const names = [...by.keys()];
  const outputs: Record<string, Value> = { loss };
  for (const [index, gradient] of gradients(loss, [...by.values()]).entries())
    if (gradient !== null) outputs[gradientName(names[index]!)] = gradient;
  return outputs;
}

function gradientName(leaf: string): string {
  return `gradient/${leaf}`;
}

function directionOf({ shape }: NdArray, next: () => number): NdArray {
  return ndArray(shape, next);
}

function moved(
  feeds: Readonly<Record<string, NdArray>>,
  direction: ReadonlyMap<string, NdArray>,
  distance: number,
): Record<string, NdArray> {
  return Object.fromEntries(
    [...direction].map(([name, { shape, data }]) => [
      name,
      ndArray(shape, (index) => feeds[name]!.data[index]! + distance * data[index]!),
    ]),
  );
}
