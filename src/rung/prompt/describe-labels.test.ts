import { expect, test } from 'vitest';
import { wordnetExamples } from '../../../test/stand-in/rung-against-stand-in.ts';
import { describeLabels } from './describe-labels.ts';

test('labels are described by words and texts of their own', async () => {
  const { train, labels } = await wordnetExamples(1500, ['noun.animal', 'noun.food', 'noun.plant']);
  const descriptions = describeLabels(labels, train, 2);
  expect(descriptions.map(({ label }) => label)).toEqual(labels);
  expect(descriptions.map(({ words }) => words.slice(0, 4).join(' '))).toMatchInlineSnapshot(`
    [
      "bird tail type breed",
      "made served from wine",
      "flowers shrubs leaves tree",
    ]
  `);
  for (const { label, typical } of descriptions) {
    expect(typical).toHaveLength(2);
    for (const text of typical) {
      const source = train.find(({ input }) => input.startsWith(text.replace('…', '')));
      expect(source?.output).toBe(label);
    }
  }
  expect(describeLabels(labels, train, 2)).toEqual(descriptions);
});

test('a label without examples, and examples without words, are described by nothing', () => {
  expect(describeLabels(['a', 'b'], [{ input: '\0\ud800 \n', output: 'b' }], 1)).toEqual([
    { label: 'a', words: [], typical: [] },
    { label: 'b', words: [], typical: ['\ufffd'] },
  ]);
});
