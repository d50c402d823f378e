import { HomegrownError } from '../../errors/homegrown-error.ts';
import { gradients } from '../autodiff/gradients.ts';
import type { Dimension } from '../graph/dimension.ts';
import { add } from '../graph/functions.ts';
import type { GraphBuilder } from '../graph/graph-builder.ts';
import { type Graph, graphOf } from '../graph/graph.ts';
import { formatType, sameShape } from '../graph/tensor-type.ts';
import type { Node, Value } from '../graph/value.ts';

/** Rows that are to be added to rows of a parameter's gradient, outside the graph: where a table is looked up, most rows get none. */
export interface RowGradient {
  readonly parameter: string;
  /** The graph's input with the row numbers. */
  readonly indices: string;
  /** The graph's output with the rows. */
  readonly output: string;
  readonly shape: readonly Dimension[];
}

/** A loss with the gradients of all its parameters, added to what earlier batches gave. */
export interface TrainingGraph {
  readonly graph: Graph;
  readonly rowGradients: readonly RowGradient[];
}

export const LOSS_OUTPUT = 'loss';

/** The name of the input with the gradient so far, and of the output with the new one. */
export function gradientNames(parameter: string): { before: string; after: string } {
  return { before: `gradient-before/${parameter}`, after: `gradient/${parameter}` };
}

/** Adds gradients of a summed loss (one number) to a graph. Throws `engine/unused-parameter` for one the loss does not depend on. */
export function trainingGraph(builder: GraphBuilder, loss: Value): TrainingGraph {
  const parameters = [...builder.parameters.values()];
  const outputs: Record<string, Value> = { [LOSS_OUTPUT]: loss };
  const rowGradients: RowGradient[] = [];
  for (const [index, gradient] of gradients(loss, parameters).entries()) {
    const [name, parameter] = [...builder.parameters][index]!;
    if (gradient === null) throw unusedParameter(name, parameter);
    const terms = termsOf(gradient);
    const rows = terms.filter((term) => isRowGradient(term) && sameShape(term.shape, parameter!.shape));
    for (const term of rows) {
      const [indices, values] = producer(term)!.inputs as [Value, Value];
      const output = `rows/${rowGradients.length}`;
      outputs[output] = values;
      rowGradients.push({ parameter: name, indices: inputName(indices), output, shape: values.shape });
    }
    const dense = terms.filter((term) => !rows.includes(term));
    if (dense.length === 0) continue;
    const { before, after } = gradientNames(name);
    outputs[after] = dense.reduce(add, builder.input(before, parameter));
  }
  return { graph: graphOf(outputs), rowGradients };
}

/** What a sum is made of. */
function termsOf(value: Value): Value[] {
  const node = producer(value);
  return node?.operator === 'add' ? node.inputs.flatMap(termsOf) : [value];
}

function isRowGradient(term: Value): boolean {
  const node = producer(term);
  return node?.operator === 'scatterRows' && inputName(node.inputs[0]!) !== '';
}

function producer({ origin }: Value): Node | null {
  return origin.kind === 'node' ? origin.node : null;
}

function inputName({ origin }: Value): string {
  return origin.kind === 'input' ? origin.name : '';
}

function unusedParameter(name: string, parameter: Value): HomegrownError {
  return new HomegrownError({
    code: 'engine/unused-parameter',
    message: `the loss does not depend on parameter "${name}"`,
    found: formatType(parameter),
    hint: 'Use the parameter, or leave it out of the graph.',
  });
}
