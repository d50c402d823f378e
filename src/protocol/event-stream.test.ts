import { expect, test } from 'vitest';
import { streamEvents } from './event-stream.ts';

test.each([
  ['one event', 'data: a\n\n', [['', 'a']]],
  ['a name', 'event: ping\ndata: a\n\n', [['ping', 'a']]],
  ['no space', 'data:a\n\n', [['', 'a']]],
  ['only the first space goes', 'data:  a\n\n', [['', ' a']]],
  ['several lines of data', 'data: a\ndata\ndata: b\n\n', [['', 'a\n\nb']]],
  ['comments, ids and unknown fields', ': hello\nid: 1\nretry: 3\nfoo: bar\ndata: a\n\n', [['', 'a']]],
  [
    'CR LF',
    'data: a\r\n\r\ndata: b\r\n\r\n',
    [
      ['', 'a'],
      ['', 'b'],
    ],
  ],
  [
    'CR alone',
    'data: a\r\rdata: b\r\r',
    [
      ['', 'a'],
      ['', 'b'],
    ],
  ],
  ['a name without data is no event', 'event: ping\n\ndata: a\n\n', [['', 'a']]],
  ['a byte order mark', '\uFEFFdata: a\n\n', [['', 'a']]],
  [
    'the last one is cut',
    'data: a\n\ndata: {"b',
    [
      ['', 'a'],
      ['', '{"b'],
    ],
  ],
  ['nothing', '', []],
])('%s', (_name, body, expected) => {
  const found = [...streamEvents(new TextEncoder().encode(body))].map(({ event, data }) => [event, data]);
  expect(found).toEqual(expected);
});
