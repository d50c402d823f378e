import { expect, test } from 'vitest';
import { indentedJson } from './indented-json.ts';

test('numbers keep every digit', () => {
  expect(indentedJson('{"id":12345678901234567890,"n":[1.0,1E+2,-0,1e400]}')).toMatchInlineSnapshot(`
    "{
      "id": 12345678901234567890,
      "n": [
        1.0,
        1E+2,
        -0,
        1e400
      ]
    }"
  `);
});

test('what is no JSON stays as it is', () => {
  expect(indentedJson('{"cut": "of')).toBe('{"cut": "of');
});
