import { readFileSync } from 'node:fs';
import { GraphBuilder } from '../../src/engine/graph/graph-builder.ts';
import type { OperatorAttributes, OperatorName } from '../../src/engine/graph/operator-attributes.ts';
import { OPERATORS } from '../../src/engine/graph/operator-table.ts';
import type { LoweringContext, Operator } from '../../src/engine/graph/operator.ts';
import type { Node } from '../../src/engine/graph/value.ts';
import { type GoldenCase, readGoldens } from '../../test/goldens/read-operator-goldens.ts';
import { RECIPES } from '../../test/random-graphs/recipes.ts';

const FUNCTIONS = new URL('../../src/engine/graph/functions.ts', import.meta.url);

/** `docs/reference/operators.md`: every operator of the engine and what its correctness rests on. */
export function operatorReference(): string {
  const source = readFileSync(FUNCTIONS, 'utf8');
  const goldens = readGoldens('operators');
  const names = Object.keys(OPERATORS) as OperatorName[];
  const rows = names.map((name) => rowOf(name, { ...documented(name, source), cases: goldens[name] ?? [] }));
  const head = [
    '| operator | inputs | what it is | differentiated by | ONNX operators | goldens | differences |',
    '|---|---|---|---|---|---|---|',
  ];
  const differentiable = names.filter((name) => OPERATORS[name].gradient !== null).length;
  const total = `${names.length} operators, ${differentiable} of them differentiable; ${Object.values(goldens).flat().length} goldens.`;
  return `${['# Operators of the engine', INTRODUCTION, [...head, ...rows].join('\n'), total].join('\n\n')}\n`;
}

const INTRODUCTION = `What graphs are made of (\`src/engine/graph/operator-table.ts\`), made by \`npm run docs:generate\`. Goldens are cases whose values and
gradients PyTorch computed in float64 (\`test/goldens/\`); both runtimes are compared with them. Differences: the derivative is compared with
differences of the function, in those cases and in 10,000 random graphs. Operators in italics are ONNX Runtime's own, of the domain
\`com.microsoft\` or not in the standard. [adding-an-operator.md](../adding-an-operator.md) shows how a row comes about.`;

interface Documented {
  meaning: string;
  inputs: string[];
}

/** The comment and the inputs of the function that applies an operator. */
function documented(name: string, source: string): Documented {
  const found = new RegExp(
    String.raw`/\*\*((?:(?!\*/)[^])*)\*/\nexport function ${name}\(([^]*?)\): Value \{`,
  ).exec(source);
  if (found === null) throw new Error(`src/engine/graph/functions.ts has no documented function "${name}"`);
  const meaning = found[1]!.replaceAll(/\n \* ?/g, ' ').trim();
  const inputs = [...found[2]!.matchAll(/(\w+)\??: (?:readonly \[)?Value/g)].map((match) => match[1]!);
  return { meaning, inputs };
}

function rowOf(
  name: OperatorName,
  { meaning, inputs, cases }: Documented & { cases: readonly GoldenCase[] },
): string {
  const cells = [
    `\`${name}\``,
    inputs.map((input) => `\`${input}\``).join(', '),
    meaning,
    differentiated(inputs, cases),
    loweredTo(name, cases).join(', '),
    String(cases.length),
    RECIPES[name] === undefined ? '' : 'yes',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Inputs for which some golden has a gradient. */
function differentiated(inputs: readonly string[], cases: readonly GoldenCase[]): string {
  const positions = new Set(
    cases.flatMap(({ gradients }) => gradients.flatMap((gradient, at) => (gradient === null ? [] : [at]))),
  );
  const names = [...positions]
    .toSorted((a, b) => a - b)
    .map((at) => inputs[Math.min(at, inputs.length - 1)]!);
  return names.length === 0 ? 'nothing' : [...new Set(names)].map((input) => `\`${input}\``).join(', ');
}

/** ONNX operators that the goldens are written with. */
function loweredTo(name: OperatorName, cases: readonly GoldenCase[]): string[] {
  const written = new Set<string>();
  for (const golden of cases) {
    const builder = new GraphBuilder();
    const inputs = golden.inputs.map(({ type, shape }, at) => {
      const input = builder.input(`x${at}`, { type: type === 'bool' ? 'int32' : type, shape });
      return type === 'bool' ? builder.apply('cast', [input], { to: 'bool' })[0]! : input;
    });
    const attributes = golden.attributes as unknown as OperatorAttributes[OperatorName];
    const { origin } = builder.apply(name, inputs, attributes)[0]!;
    if (origin.kind === 'node') lower(origin.node, written);
  }
  return [...written];
}

/** Outside the standard without a domain of its own. */
const UNLISTED = new Set(['SimplifiedLayerNormalization']);

function lower({ operator, inputs, outputs, attributes }: Node, written: Set<string>): void {
  const context: LoweringContext<unknown> = {
    attributes,
    inputs: inputs.map(({ id }) => String(id)),
    outputs: outputs.map(({ id }) => String(id)),
    inputTypes: inputs,
    outputTypes: outputs,
    emit(onnx, _inputs, { domain } = {}) {
      written.add(domain === undefined && !UNLISTED.has(onnx) ? onnx : `*${onnx}*`);
      return '';
    },
    float: () => '',
    int32: () => '',
    float32: () => '',
    int64: () => '',
    shape: () => '',
  };
  (OPERATORS[operator] as Operator<unknown>).lower(context);
}
