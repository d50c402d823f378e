import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../util/random.ts';
import { EventSplitter, readEvent, type ServerSentEvent } from './server-sent-events.ts';

function split(chunks: readonly Uint8Array[]): { events: Buffer[]; rest: Buffer } {
  const splitter = new EventSplitter();
  const events: Buffer[] = [];
  for (const chunk of chunks) splitter.push(chunk, (event) => events.push(event));
  const rest = splitter.rest();
  expect(splitter.pendingBytes).toBe(rest.length);
  return { events, rest };
}

const read = (text: string): ServerSentEvent[] => split([Buffer.from(text)]).events.map(readEvent);

test.each<[string, string, ServerSentEvent[]]>([
  ['one line', 'data: {"a":1}\n\n', [{ event: null, data: '{"a":1}' }]],
  ['no space', 'data:x\n\n', [{ event: null, data: 'x' }]],
  ['two spaces', 'data:  x\n\n', [{ event: null, data: ' x' }]],
  ['CRLF', 'event: e\r\ndata: x\r\n\r\n', [{ event: 'e', data: 'x' }]],
  [
    'CR',
    'data: x\r\rdata: y\r\r',
    [
      { event: null, data: 'x' },
      { event: null, data: 'y' },
    ],
  ],
  [
    'mixed ends',
    'data: x\r\n\ndata: y\n\r\n',
    [
      { event: null, data: 'x' },
      { event: null, data: 'y' },
    ],
  ],
  ['several data lines', 'data: a\ndata: b\n\n', [{ event: null, data: 'a\nb' }]],
  ['a CR between data lines', 'data: a\rdata: b\n\n', [{ event: null, data: 'a\nb' }]],
  ['a comment', ': ping\n\n', [{ event: null, data: null }]],
  ['a comment in an event', ': ping\nid: 7\nretry: 3\ndata: x\n\n', [{ event: null, data: 'x' }]],
  ['a byte order mark', '\ufeffdata: x\n\n', [{ event: null, data: 'x' }]],
  [
    'blank lines between',
    'data: x\n\n\ndata: y\n\n',
    [
      { event: null, data: 'x' },
      { event: null, data: null },
      { event: null, data: 'y' },
    ],
  ],
  ['a field without colon', 'data\n\n', [{ event: null, data: '' }]],
  ['an empty event name', 'event:\ndata: x\n\n', [{ event: null, data: 'x' }]],
  ['an unfinished event', 'data: x\n', []],
])('reads %s', (_what, text, expected) => {
  expect(read(text)).toEqual(expected);
});

test('gives the same events and every byte wherever the stream was split', () => {
  const random = seededRandom(9);
  for (let round = 0; round < 3000; round++) {
    const text = randomStream(random);
    const bytes = Buffer.from(text);
    const { events, rest } = split(randomChunks(bytes, random));
    expect(Buffer.concat([...events, rest]).toString()).toBe(text);
    expect(contents(events.map(readEvent))).toEqual(byTheBook(text));
  }
});

/** What the standard's algorithm reads, written the slow way. */
function byTheBook(text: string): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  let data: string[] = [];
  let event = '';
  for (const line of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) events.push({ event: event === '' ? null : event, data: data.join('\n') });
      data = [];
      event = '';
    }
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (field === 'data') data.push(value ?? '');
    if (field === 'event') event = value ?? '';
  }
  return events;
}

const contents = (events: ServerSentEvent[]): ServerSentEvent[] => events.filter(({ data }) => data !== null);

function randomStream(random: Random): string {
  const ends = ['\n', '\r\n', '\r'];
  const lines = ['data: a', 'data:b', 'data', 'event: e', ': c', 'id: 1', 'data: {"x":"ä🐈"}', '', '', ''];
  const usual = ends[random.integer(3)]!;
  let text = random.integer(5) === 0 ? '\ufeff' : '';
  for (let count = random.integer(20); count > 0; count--) {
    const end = random.integer(6) === 0 ? ends[random.integer(3)]! : usual;
    text += lines[random.integer(lines.length)]! + end;
  }
  return text;
}

function randomChunks(bytes: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  let from = 0;
  while (from < bytes.length) {
    const end = Math.min(bytes.length, from + 1 + random.integer(random.integer(3) === 0 ? 40 : 4));
    chunks.push(bytes.subarray(from, end));
    from = end;
  }
  return chunks;
}
