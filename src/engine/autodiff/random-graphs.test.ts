import { expect, test } from 'vitest';
import { randomGraph } from '../../../test/random-graphs/random-graph.ts';
import { RECIPES } from '../../../test/random-graphs/recipes.ts';
import { graphOf } from '../graph/graph.ts';
import type { OperatorName } from '../graph/operator-attributes.ts';
import { OPERATORS } from '../graph/operator-table.ts';
import { printGraph } from '../graph/print-graph.ts';
import { checkGradients } from '../runtime/reference/check-gradients.ts';

const GRAPHS = 10_000;
const OPERATORS_EACH = 12;
const TOLERANCE = 1e-7;

test('random graphs can have every operator that has a differentiation rule', () => {
  const names = Object.keys(OPERATORS) as OperatorName[];
  expect(Object.keys(RECIPES).toSorted()).toEqual(
    names.filter((name) => OPERATORS[name].gradient !== null).toSorted(),
  );
});

test(
  `gradients of ${GRAPHS} random graphs are what differences of their losses say`,
  { timeout: 120_000 },
  () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < GRAPHS; seed++) {
      const { graph, loss } = randomGraph(seed, OPERATORS_EACH);
      const used = graphOf({ loss });
      const check = checkGradients({ loss, by: graph.leaves, feeds: graph.feeds, seed });
      if (!(check.error < TOLERANCE))
        throw new Error(`seed ${seed}: ${JSON.stringify(check)}\n${printGraph(used)}`);
      for (const { operator } of used.nodes) counts.set(operator, (counts.get(operator) ?? 0) + 1);
    }
    for (const name of Object.keys(RECIPES)) expect(counts.get(name), name).toBeGreaterThan(GRAPHS / 100);
  },
);
