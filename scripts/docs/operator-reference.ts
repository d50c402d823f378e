import { OPERATORS } from '../../src/engine/graph/operator-table.ts';
import type { OperatorAttributes, OperatorName } from '../../src/engine/graph/operator-attributes.ts';
import { GraphBuilder } from '../../src/engine/graph/graph-builder.ts';
import type { LoweringContext, Operator } from '../../src/engine/graph/operator.ts';
import type { Value } from '../../src/engine/graph/value.ts';
import { cast } from '../../src/engine/graph/functions.ts';
import { type GoldenCase, readGoldens } from '../../test/goldens/read-operator-goldens.ts';
import { OPERATOR_DESCRIPTIONS } from './operator-descriptions.ts';

/** `docs/reference/operators.md`: what the engine's operators are, how they are differentiated, written and tested. */
export function operatorReference(): string {
  const goldens = readGoldens('operators');
  const names = Object.keys(OPERATORS) as OperatorName[];
  const rows = names.map((name) => row(name, goldens[name] ?? []));
  return [
    '# Operators of the engine',
    '',
    'Made from the table of operators (`src/engine/graph/operator-table.ts`) and its goldens. Every operator has types that are checked, a definition in float64,',
    'an ONNX form and, where anything can be differentiated, a derivative. The goldens are values and gradients of PyTorch in float64; the tests compare them',
    'with the reference runtime and with ONNX Runtime, and every derivative with differences.',
    '',
    '| operator | what it computes | differentiated by | ONNX operators | goldens |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `${names.length} operators, ${names.filter((name) => OPERATORS[name].gradient !== null).length} of them differentiable; ${Object.values(goldens).flat().length} goldens.`,
    '',
  ].join('\n');
}

function row(name: OperatorName, cases: readonly GoldenCase[]): string {
  const inputs = new Set(cases.flatMap(differentiatedInputs));
  const by =
    OPERATORS[name].gradient === null || inputs.size === 0
      ? 'nothing'
      : `input ${[...inputs].toSorted((a, b) => a - b).join(', ')}`;
  const onnx = new Set(cases.flatMap((golden) => loweredOperators(name, golden)));
  const list = [...onnx].toSorted().map((operator) => `\`${operator}\``);
  return `| \`${name}\` | ${OPERATOR_DESCRIPTIONS[name]} | ${by} | ${list.join(', ')} | ${cases.length} |`;
}

function differentiatedInputs({ gradients }: GoldenCase): number[] {
  return gradients.flatMap((gradient, input) => (gradient === null ? [] : [input]));
}

/** The ONNX operators that a golden's node is written as. */
function loweredOperators(name: OperatorName, golden: GoldenCase): string[] {
  const builder = new GraphBuilder();
  const inputs = golden.inputs.map(({ type, shape }, index): Value => {
    const value = builder.input(`x${index}`, { type: type === 'bool' ? 'int32' : type, shape });
    return type === 'bool' ? cast(value, 'bool') : value;
  });
  const attributes = golden.attributes as OperatorAttributes[typeof name];
  const outputs = builder.apply(name, inputs, attributes);
  const used: string[] = [];
  const names = (values: readonly Value[]): string[] => values.map(({ id }) => `v${id}`);
  const context: LoweringContext<unknown> = {
    attributes,
    inputs: names(inputs),
    outputs: names(outputs),
    inputTypes: inputs,
    outputTypes: outputs,
    emit(operator) {
      used.push(operator);
      return 'value';
    },
    float: () => 'constant',
    int32: () => 'constant',
    int64: () => 'constant',
    float32: () => 'constant',
    shape: () => 'constant',
  };
  (OPERATORS[name] as Operator<unknown>).lower(context);
  return used;
}
