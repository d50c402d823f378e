import { HomegrownError } from '../../errors/homegrown-error.ts';
import { lengthOf } from '../graph/dimension.ts';
import type { Graph } from '../graph/graph.ts';
import { type IndexBound, indexBounds } from '../graph/index-bounds.ts';
import { formatShape, type Shape } from '../graph/tensor-type.ts';
import type { Value } from '../graph/value.ts';

/** An input of a graph as it must be given. */
export interface InputSpec {
  readonly name: string;
  readonly type: 'float32' | 'int32';
  readonly shape: Shape;
}

/** What must be given to compute something, in plain data. */
export interface FeedRules {
  readonly inputs: readonly InputSpec[];
  readonly bounds: readonly IndexBound[];
}

/** Numbers with their shape; float64 stands for any element type. */
export interface Feed {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Float64Array;
}

/** An input or parameter as it must be given. */
export function inputSpec({ origin, type, shape }: Value): InputSpec {
  const name = origin.kind === 'input' || origin.kind === 'parameter' ? origin.name : '';
  return { name, type: type === 'int32' ? 'int32' : 'float32', shape };
}

/** The rules of some inputs and parameters of a graph. */
export function feedRules(graph: Graph, values: readonly Value[]): FeedRules {
  const inputs = values.map(inputSpec);
  const names = new Set(inputs.map(({ name }) => name));
  return { inputs, bounds: indexBounds(graph).filter(({ input }) => names.has(input)) };
}

/** The rules of each run of a graph, some of whose parameters are fixed; throws `engine/wrong-shape` for weights that do not fit. */
export function runRules(graph: Graph, weights: ReadonlyMap<string, Feed>): FeedRules {
  const fixed = graph.parameters.filter((value) => weights.has(inputSpec(value).name));
  checkedLengths(feedRules(graph, fixed), Object.fromEntries(weights));
  return feedRules(graph, [...graph.inputs, ...graph.parameters.filter((value) => !fixed.includes(value))]);
}

/**
 * The length of each named dimension. Throws `engine/wrong-shape` for what is missing or does not fit, `engine/index-out-of-range` for an
 * index that nothing belongs to. What no rule names is ignored.
 */
export function checkedLengths(
  { inputs, bounds }: FeedRules,
  feeds: Readonly<Record<string, Feed>>,
): Record<string, number> {
  for (const spec of inputs) if (feeds[spec.name] === undefined) throw missing(spec, feeds);
  const lengths = namedLengths(inputs, feeds);
  for (const spec of inputs) {
    const feed = feeds[spec.name]!;
    if (fits(spec, feed, lengths)) continue;
    throw wrongFeed(
      spec,
      feed,
      namedLengths(
        inputs.filter((other) => other !== spec),
        feeds,
      ),
    );
  }
  for (const bound of bounds) checkIndices(bound, feeds[bound.input]!);
  return lengths;
}

/** The first input with an axis of that name decides. */
function namedLengths(
  inputs: readonly InputSpec[],
  feeds: Readonly<Record<string, Feed>>,
): Record<string, number> {
  const lengths: Record<string, number> = {};
  for (const { name, shape } of inputs) {
    for (const [axis, dimension] of shape.entries())
      if (typeof dimension === 'string' && !dimension.includes('*'))
        lengths[dimension] ??= feeds[name]!.shape[axis] ?? 0;
  }
  return lengths;
}

function fits({ type, shape }: InputSpec, feed: Feed, lengths: Readonly<Record<string, number>>): boolean {
  const count = feed.shape.reduce((product, length) => product * length, 1);
  return (
    (feed.data instanceof Float64Array || (type === 'int32') === feed.data instanceof Int32Array) &&
    feed.shape.length === shape.length &&
    feed.data.length === count &&
    shape.every((dimension, axis) => lengthOf(dimension, lengths) === feed.shape[axis])
  );
}

function checkIndices({ input, least, below, reader }: IndexBound, { data }: Feed): void {
  const position = data.findIndex((index) => !(index < below && (least === null || index >= least)));
  if (position < 0) return;
  throw new HomegrownError({
    code: 'engine/index-out-of-range',
    message: `input "${input}" has an index that ${reader} cannot look up`,
    expected: `${least === null ? 'below' : 'from 0 to'} ${least === null ? below : below - 1}`,
    found: `${data[position]} at position ${position}`,
    hint: 'Check that the batch was made for this network: the vocabulary of its tokenizer, the number of its classes.',
  });
}

function missing({ name, type, shape }: InputSpec, feeds: Readonly<Record<string, Feed>>): HomegrownError {
  const given = Object.keys(feeds).map((other) => `"${other}"`);
  return new HomegrownError({
    code: 'engine/wrong-shape',
    message: `"${name}" is not given`,
    expected: `${type}${formatShape(shape)}`,
    found: given.length === 0 ? 'nothing' : `only ${given.join(', ')}`,
    hint: 'Give every input by the name it was declared with.',
  });
}

function wrongFeed(
  { name, type, shape }: InputSpec,
  feed: Feed,
  lengths: Record<string, number>,
): HomegrownError {
  const known = Object.entries(lengths).map(([dimension, length]) => `${dimension} = ${length}`);
  const element = { Float32Array: 'float32', Int32Array: 'int32' }[feed.data.constructor.name] ?? 'float64';
  return new HomegrownError({
    code: 'engine/wrong-shape',
    message: `"${name}" is not what the graph was built for`,
    expected: `${type}${formatShape(shape)}${known.length === 0 ? '' : ` with ${known.join(', ')}`}`,
    found: `${element}${formatShape(feed.shape)} of ${feed.data.length} numbers`,
    hint: 'Give every input with the shape and element type it was declared with.',
  });
}
