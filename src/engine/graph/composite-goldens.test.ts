import { describe, expect, test } from 'vitest';
import { COMPOSITES } from '../../../test/goldens/composites.ts';
import { goldenGraph } from '../../../test/goldens/golden-graph.ts';
import { readGoldens } from '../../../test/goldens/read-operator-goldens.ts';
import { largestDifference } from '../../../test/support/largest-difference.ts';
import { runOnOrt } from '../../../test/support/run-on-ort.ts';
import { checkGradients } from '../runtime/reference/check-gradients.ts';
import { evaluateGraph } from '../runtime/reference/evaluate-graph.ts';

const DOUBLE_TOLERANCE = 1e-11;
const SINGLE_TOLERANCE = 3e-6;
const DIFFERENCES_TOLERANCE = 1e-7;
const STEP = 1e-4;

const goldens = readGoldens('composites');

test('every loss and layer has goldens', () => {
  expect(Object.keys(goldens).toSorted()).toEqual(Object.keys(COMPOSITES).toSorted());
});

describe.each(Object.keys(COMPOSITES))('%s', (name) => {
  const cases = goldens[name]!.map((golden) =>
    goldenGraph(golden, (inputs) => {
      const named = inputs.map((input, index) => [golden.names![index]!, input] as const);
      return [COMPOSITES[name]!(Object.fromEntries(named))];
    }),
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

  test('has the derivative that differences say', () => {
    for (const [index, { derivative, feeds }] of cases.entries()) {
      const { error } = checkGradients({ ...derivative!, feeds, seed: index, step: STEP });
      expect(error, `case ${index}`).toBeLessThan(DIFFERENCES_TOLERANCE);
    }
  });
});
