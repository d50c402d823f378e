import { expect, test } from 'vitest';
import { withoutNullUsage } from './strip-usage.ts';

test.each([
  ['data: {"a":1,"usage":null}\n\n', 'data: {"a":1}\n\n'],
  ['data: {"a":1,"usage":null}\r\n\r\n', 'data: {"a":1}\r\n\r\n'],
  ['data: {"a":1, "usage" : null , "b":2}\n\n', 'data: {"a":1 , "b":2}\n\n'],
  ['data: {"usage":null,"a":{"usage":null}}\n\n', 'data: {"a":{"usage":null}}\n\n'],
  ['data: {"usage":null}\n\n', 'data: {}\n\n'],
  ['data: {"a":{"usage":null}}\n\n', 'data: {"a":{"usage":null}}\n\n'],
  ['data: [1]\n\n', 'data: [1]\n\n'],
  ['data: {"a":\ndata: 1, "usage":null}\n\n', 'data: {"a":\ndata: 1, "usage":null}\n\n'],
])('%j becomes %j', (event, expected) => {
  expect(withoutNullUsage(Buffer.from(event)).toString()).toBe(expected);
});
