import type { Graph } from './graph.ts';
import { describeValue } from './graph-builder.ts';
import { formatType } from './tensor-type.ts';
import type { Node, Value } from './value.ts';

const MOST_NUMBERS = 8;

/** A graph as text: a line for each input, parameter, constant that is no single number, node and output. */
export function printGraph({ inputs, parameters, constants, nodes, outputs }: Graph): string {
  return [
    ...inputs.map((value) => `input ${declared(value)}`),
    ...parameters.map((value) => `parameter ${declared(value)}`),
    ...constants.filter((value) => !isNumber(value)).map((value) => `${declared(value)} = ${numbers(value)}`),
    ...nodes.map(printNode),
    ...Object.entries(outputs).map(([name, value]) => `output "${name}" = ${printValue(value)}`),
  ].join('\n');
}

/** `%12 float32[batch, 64] = gemm(%11, "weight", transposeA: false, transposeB: true)`. */
export function printNode({ operator, inputs, outputs, attributes }: Node): string {
  const told = Object.entries(attributes).map(([name, value]) => `${name}: ${printAttribute(value)}`);
  return `${outputs.map(declared).join(', ')} = ${operator}(${[...inputs.map(printValue), ...told].join(', ')})`;
}

function declared(value: Value): string {
  return `${describeValue(value)} ${formatType(value)}`;
}

/** Single numbers are written where they are used. */
function printValue(value: Value): string {
  return isNumber(value) ? numbers(value) : describeValue(value);
}

function isNumber({ origin, shape }: Value): boolean {
  return origin.kind === 'constant' && shape.length === 0;
}

function numbers({ origin }: Value): string {
  if (origin.kind !== 'constant') return '';
  const shown = Array.from(origin.data.slice(0, MOST_NUMBERS), String).join(', ');
  return origin.data.length > MOST_NUMBERS ? `${shown}, …` : shown;
}

function printAttribute(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}
