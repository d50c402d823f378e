import { expect, test } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { gradients } from '../autodiff/gradients.ts';
import { inputSpec } from '../runtime/check-feeds.ts';
import { evaluateGraph } from '../runtime/reference/evaluate-graph.ts';
import { type Dimension, lengthOf } from './dimension.ts';
import { GraphBuilder } from './graph-builder.ts';
import { graphOf } from './graph.ts';
import { ndArray } from './nd-array.ts';
import type { OperatorAttributes, OperatorName } from './operator-attributes.ts';
import { OPERATORS } from './operator-table.ts';
import { type ElementType, type Shape, sizeOf } from './tensor-type.ts';
import type { Value } from './value.ts';

const NODES_EACH = 1500;
const LENGTHS = { n: 2, m: 3 };
const random = seededRandom(1);
const oneOf = <Item>(items: readonly Item[]): Item => items[random.integer(items.length)]!;
const listOf = <Item>(most: number, item: () => Item): Item[] =>
  Array.from({ length: random.integer(most + 1) }, item);

const length = (): Dimension => oneOf<Dimension>([0, 1, 1, 2, 2, 3, 4, 'n', 'm', '2*n', 'm*n']);
const shape = (): Shape => listOf(4, length);
const number = (): number => oneOf([-2, -1, 0, 0, 1, 1, 2, 3, 0.5, NaN, Infinity]);
const flag = (): boolean => random.next() < 0.5;

/** Values for attributes by their names, right ones and wrong ones. */
const ATTRIBUTES: Record<string, () => unknown> = {
  approximate: () => oneOf(['none', 'tanh']),
  to: () => oneOf<ElementType>(['float32', 'int32', 'bool']),
  transposeA: flag,
  transposeB: flag,
  causal: flag,
  scale: number,
  axes: () => listOf(3, number),
  axis: number,
  permutation: () => listOf(4, number),
  labelSmoothing: number,
  epsilon: number,
  shape: () => listOf(4, () => oneOf<Dimension>([length(), length(), -1, 1.5, NaN, 'a b', ''])),
  start: number,
  end: number,
  before: number,
  after: number,
  rows: number,
  length: () => oneOf<Dimension>([number(), length()]),
};

function value(builder: GraphBuilder, name: string): Value {
  const type = oneOf<ElementType>(['float32', 'float32', 'float32', 'int32', 'bool']);
  const input = builder.input(name, { type: type === 'bool' ? 'int32' : type, shape: shape() });
  return type === 'bool' ? builder.apply('cast', [input], { to: 'bool' })[0]! : input;
}

/** Refusals of graphs that only the whole graph, the numbers or the derivative can tell. */
const LATER = new Set(['engine/unknown-length', 'engine/index-out-of-range', 'engine/not-differentiable']);

/** What was accepted can be computed and differentiated, or is refused with good reason. */
function checkComputable(outputs: readonly Value[]): void {
  try {
    compute(outputs);
  } catch (error) {
    if (!(error instanceof HomegrownError) || !LATER.has(error.code)) throw error;
  }
}

function compute(outputs: readonly Value[]): void {
  const [first] = outputs as [Value];
  const { inputs } = graphOf({ first });
  const floats = inputs.filter(({ type }) => type === 'float32');
  const slopes = first.type === 'float32' ? gradients(first, floats) : [];
  const named = [...outputs, ...slopes].flatMap((output, at) =>
    output === null ? [] : [[`y${at}`, output] as const],
  );
  const lengthsAt = ({ shape }: Value): number[] => shape.map((length) => lengthOf(length, LENGTHS));
  const feeds = inputs.map((input) => [inputSpec(input).name, ndArray(lengthsAt(input), () => 0)] as const);
  const results = evaluateGraph(graphOf(Object.fromEntries(named)), Object.fromEntries(feeds));
  for (const [name, output] of named) {
    expect(results[name]!.shape).toEqual(lengthsAt(output));
    expect(results[name]!.data.length).toBe(lengthOf(sizeOf(output.shape), LENGTHS));
  }
}

test.each(Object.keys(OPERATORS) as OperatorName[])(
  '%s of anything is a node or a type mismatch, nothing else',
  (name) => {
    let [nodes, refusals] = [0, 0];
    for (let count = 0; count < NODES_EACH; count++) {
      const builder = new GraphBuilder();
      const inputs = listOf(4, () => value(builder, `x${random.integer(2 ** 31)}`));
      const attributes = Object.fromEntries(Object.entries(ATTRIBUTES).map(([key, make]) => [key, make()]));
      try {
        const outputs = builder.apply(
          name,
          inputs,
          attributes as unknown as OperatorAttributes[OperatorName],
        );
        checkComputable(outputs);
        nodes++;
      } catch (error) {
        if (!(error instanceof HomegrownError)) throw error;
        expect(error.code).toBe('engine/type-mismatch');
        expect(error.where).toMatch(/malformed-nodes\.test\.ts:\d+:\d+$/);
        expect(error.expected).not.toBe('');
        expect(error.found).not.toBe('');
        refusals++;
      }
    }
    expect(refusals).toBeGreaterThan(0);
    expect(nodes + refusals).toBe(NODES_EACH);
  },
);
