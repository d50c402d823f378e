import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import { labelParser } from './parse-label.ts';

const TOPICS = [
  'Sports',
  'motor sports',
  'noun.animal',
  'noun.food',
  'technical support',
  'support',
  'C++',
  'C#',
];

describe('answers that name a label', () => {
  test.each([
    ['Sports', 'Sports'],
    [' Sports\n', 'Sports'],
    ['sports', 'Sports'],
    ['SPORTS.', 'Sports'],
    ['"Sports"', 'Sports'],
    ['**Sports**', 'Sports'],
    ['`noun.animal`', 'noun.animal'],
    ['noun animal', 'noun.animal'],
    ['Noun_Animal', 'noun.animal'],
    ['„Sports“', 'Sports'],
    ['Ｓｐｏｒｔｓ', 'Sports'],
    ['technical  support', 'technical support'],
    ['technical-support', 'technical support'],
    ['- Sports', 'Sports'],
    ['The label is: noun.food.', 'noun.food'],
    ['Sure! The label is: **motor sports**.', 'motor sports'],
    ['Label: Sports', 'Sports'],
    ['Category: technical support', 'technical support'],
    ['{"label": "noun.food"}', 'noun.food'],
    ['```json\n{"label": "Sports", "confidence": 0.93}\n```', 'Sports'],
    ['["Sports"]', 'Sports'],
    ['Sports\n\nThe text is about noun.food too, but mostly about a match.', 'Sports'],
    ['<think>\nSports\nor noun.food?\n</think>\n\nSports', 'Sports'],
    ['noun.food, I think.</think>Sports', 'Sports'],
    ['C++', 'C++'],
    ['C#', 'C#'],
    ['The language is C++.', 'C++'],
    ['I would say that this is technical support, as the user asks for help.', 'technical support'],
  ])('%j is %s', (answer, label) => {
    expect(labelParser(TOPICS)(answer)).toBe(TOPICS.indexOf(label));
  });
});

describe('answers that name none, or several', () => {
  test.each([
    '',
    '   \n',
    '...',
    'I cannot help with that.',
    'Sportsmanship',
    'not-one-of-the-8-labels',
    'Sports or noun.food',
    'Sports\nnoun.food',
    '{"label": "Sports", "second": "noun.food"}',
    '<think>\nSports',
    '{"label": ',
    '<html>busy</html>',
    '\0\ud800',
  ])('%j is unusable', (answer) => {
    expect(labelParser(TOPICS)(answer)).toBeNull();
  });
});

describe('labels that are hard to tell apart', () => {
  test('labels that differ in case alone are told apart by case, and nothing else is guessed', () => {
    const parse = labelParser(['May', 'may', 'june']);
    expect([parse('May'), parse('may'), parse('MAY'), parse('June')]).toEqual([0, 1, null, 2]);
  });

  test('numbers and signs', () => {
    const parse = labelParser(['-1', '0', '1', '10']);
    expect([
      parse('-1'),
      parse('0'),
      parse(' 1'),
      parse('10'),
      parse('Label: 1'),
      parse('{"label": -1}'),
    ]).toEqual([0, 1, 2, 3, 2, 0]);
  });

  test('a label inside another is found only on its own', () => {
    const parse = labelParser(['positive', 'not positive']);
    expect([parse('It is not positive!'), parse('It is positive!')]).toEqual([1, 0]);
  });

  test('labels in other scripts, with line breaks, and made of punctuation alone', () => {
    const labels = ['动物', '植物', 'رياضة', 'two\nlines', '?', '!'];
    const parse = labelParser(labels);
    expect(['标签：动物', 'رياضة.', '"two\\nlines"', '?', '!'].map((answer) => parse(answer))).toEqual([
      0, 2, 3, 4, 5,
    ]);
  });

  test('every label names itself, whatever it is made of', () => {
    const random = seededRandom(3);
    const characters = Array.from('aAbB.-_ "\'*#:{}[]<>\n1é🦊动');
    for (let round = 0; round < 300; round++) {
      const labels = new Set<string>();
      while (labels.size < 5) {
        const length = 1 + random.integer(6);
        labels.add(Array.from({ length }, () => characters[random.integer(characters.length)]).join(''));
      }
      const parse = labelParser([...labels]);
      for (const [index, label] of [...labels].entries()) expect(parse(label)).toBe(index);
    }
  });

  test('an answer without end costs no time', () => {
    const labels = Array.from({ length: 2000 }, (_, index) => `label number ${index}`);
    const started = performance.now();
    expect(labelParser(labels)('word '.repeat(1_000_000))).toBeNull();
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
