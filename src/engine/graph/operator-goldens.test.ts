import { describe, expect, test } from 'vitest';
import { goldenGraph } from '../../../test/goldens/golden-graph.ts';
import { readGoldens } from '../../../test/goldens/read-operator-goldens.ts';
import { largestDifference } from '../../../test/support/largest-difference.ts';
import { runOnOrt } from '../../../test/support/run-on-ort.ts';
import { checkGradients } from '../runtime/reference/check-gradients.ts';
import { evaluateGraph } from '../runtime/reference/evaluate-graph.ts';
import type { OperatorAttributes, OperatorName } from './operator-attributes.ts';
import { OPERATORS } from './operator-table.ts';

const DOUBLE_TOLERANCE = 1e-11;
const SINGLE_TOLERANCE = 3e-6;
const DIFFERENCES_TOLERANCE = 1e-7;
const STEP = 1e-4;
/** Golden cases where the function bends: only the rule says what its derivative is. */
const BENT: Partial<Record<OperatorName, number>> = { relu: 2, absolute: 2 };

const goldens = readGoldens('operators');
const names = Object.keys(OPERATORS) as OperatorName[];

test('every operator has goldens, and every golden an operator', () => {
  expect(Object.keys(goldens).toSorted()).toEqual(names.toSorted());
});

test('every operator that can be differentiated has goldens of its gradients', () => {
  const without = names.filter((name) =>
    goldens[name]!.every(({ outputGradient }) => outputGradient === null),
  );
  expect(without).toEqual(names.filter((name) => OPERATORS[name].gradient === null));
});

describe.each(names)('%s', (name) => {
  const cases = goldens[name]!.map((golden) =>
    goldenGraph(golden, (inputs, builder) =>
      builder.apply(name, inputs, golden.attributes as unknown as OperatorAttributes[OperatorName]),
    ),
  );

  test('is what PyTorch computes in float64, with its gradients', () => {
    for (const { graph, feeds, expected } of cases) {
      const found = evaluateGraph(graph, feeds);
      for (const [output, value] of Object.entries(expected))
        expect(largestDifference(found[output]!, value), output).toBeLessThan(DOUBLE_TOLERANCE);
    }
  });

  test('is the same on ONNX Runtime in float32, with its gradients', async () => {
    for (const { graph, feeds, expected } of cases) {
      const found = await runOnOrt(graph, feeds);
      for (const [output, value] of Object.entries(expected))
        expect(largestDifference(found[output]!, value), output).toBeLessThan(SINGLE_TOLERANCE);
    }
  });

  test.runIf(OPERATORS[name].gradient !== null)('has the derivative that differences say', () => {
    for (const [index, { derivative, feeds }] of cases.entries()) {
      if (derivative === null || BENT[name] === index) continue;
      const { error } = checkGradients({ ...derivative, feeds, seed: index, step: STEP });
      expect(error, `case ${index}`).toBeLessThan(DIFFERENCES_TOLERANCE);
    }
  });
});
