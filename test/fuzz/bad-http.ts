import { type Random, seededRandom } from '../../src/util/random.ts';

/** One generated request: bytes for a fresh connection, mostly wrong in some way. */
export interface BadRequest {
  /** What is wrong with it, for the report. */
  kind: string;
  bytes: Buffer;
  /** The request ends before it should: closing without an answer is right then. */
  isCut: boolean;
  /** The answer has no body. */
  isHead: boolean;
}

const CHAT = '/v1/chat/completions';
const PREDICT = '/api/v1/tasks/topic/predict';

/** An endless, seeded sequence of requests. */
export function* badRequests(seed: number): Generator<BadRequest> {
  const random = seededRandom(seed);
  const kinds = Object.entries(KINDS);
  for (;;) {
    const [kind, make] = kinds[random.integer(kinds.length)]!;
    const { bytes, isCut = false, isHead = false } = make(random);
    yield { kind, bytes, isCut, isHead };
  }
}

type Made = { bytes: Buffer; isCut?: boolean; isHead?: boolean };

const KINDS: Record<string, (random: Random) => Made> = {
  'wrong types': (random) => post(random, JSON.stringify(mutateValue(validBody(random), random))),
  'broken JSON': (random) => post(random, breakText(JSON.stringify(validBody(random)), random)),
  'random bytes': (random) => post(random, randomBytes(random, random.integer(300))),
  'wrong encoding': (random) =>
    post(
      random,
      Buffer.from(JSON.stringify(validBody(random)), pick(['utf16le', 'latin1'] as const, random)),
    ),
  'deep nesting': (random) => {
    const depth = random.integer(20_000);
    const [open, close] = pick(
      [
        ['[', ']'],
        ['{"a":', '}'],
        ['[{"x":[', ']}]'],
      ] as const,
      random,
    );
    return post(random, `{"model":"topic","messages":${open.repeat(depth)}1${close.repeat(depth)}}`);
  },
  'odd text': (random) => post(random, JSON.stringify(withText(pick(ODD_TEXTS, random)))),
  'giant field': (random) => {
    const size = 10_000 + random.integer(2_000_000);
    return post(
      random,
      JSON.stringify({
        ...withText('x'),
        [pick(['model', 'user', 'n', 'a'.repeat(size)], random)]: 'x'.repeat(size),
      }),
    );
  },
  'over the limit': (random) => post(random, Buffer.alloc(4_000_000 + random.integer(1_000_000), 0x20)),
  'odd headers': (random) => post(random, JSON.stringify(withText('cat')), pick(ODD_HEADERS, random)),
  'wrong content-length': (random) => {
    const body = JSON.stringify(withText('cat'));
    const length = pick(
      ['-1', '1e3', 'x', '', '0', '5', '999999999999999999999', '0x10', '+7', ' 7 7'],
      random,
    );
    return {
      bytes: request('POST', CHAT, { 'content-type': 'application/json', 'content-length': length }, body),
      isCut: true,
    };
  },
  'cut off': (random) => {
    const { bytes } = post(random, JSON.stringify(validBody(random)));
    return { bytes: bytes.subarray(0, random.integer(bytes.length)), isCut: true };
  },
  chunked: (random) => {
    const chunks = pick(ODD_CHUNKS, random);
    return {
      bytes: request(
        'POST',
        CHAT,
        { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
        chunks,
      ),
      isCut: true,
    };
  },
  methods: (random) => {
    const method = pick(METHODS, random);
    const path = pick([...PATHS, CHAT, PREDICT], random);
    return {
      bytes: request(method, path, { 'content-type': 'application/json', 'content-length': '2' }, '{}'),
      isHead: method === 'HEAD',
      isCut: true,
    };
  },
  paths: (random) => ({ bytes: request('GET', pick(PATHS, random), {}, ''), isCut: true }),
  'request lines': (random) => ({ bytes: Buffer.from(pick(REQUEST_LINES, random)), isCut: true }),
  hosts: (random) => {
    const host = pick(
      ['', ' ', 'a b', '[::1', 'x/../y', '\u00ff', 'a'.repeat(5000), '127.0.0.1:99999', '%00', '@@', 'a,b'],
      random,
    );
    return {
      bytes: Buffer.from(`GET /healthz HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`, 'latin1'),
      isCut: true,
    };
  },
  pipelined: (random) => {
    const one = (): Buffer => request('POST', CHAT, jsonHeaders('{"a":1}', {}), '{"a":1}');
    return { bytes: Buffer.concat(Array.from({ length: 1 + random.integer(5) }, one)), isCut: true };
  },
  'flipped bytes': (random) => {
    const { bytes } = post(random, JSON.stringify(validBody(random)));
    for (let flips = 1 + random.integer(4); flips > 0; flips--)
      bytes[random.integer(bytes.length)] = random.integer(256);
    return { bytes, isCut: true };
  },
};

const ODD_TEXTS = [
  '',
  '\u0000',
  '\ud800',
  '\udfff\ud800',
  '🙂'.repeat(1000),
  '\u202eרשת',
  'x'.repeat(1_000_000),
  ' '.repeat(100_000),
  '\n\r\t\u2028\u2029',
  'e\u0301'.repeat(5000),
  '__proto__',
];

const ODD_HEADERS: Record<string, string>[] = [
  { 'content-type': 'text/plain' },
  { 'content-type': '' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/jsonp' },
  { 'content-type': `application/json;${'a'.repeat(5000)}` },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'identity' },
  { 'x-request-id': 'a'.repeat(10_000) },
  { 'x-request-id': '<script>' },
  { authorization: '\u00ff\u00fe' },
  { 'x-big': 'y'.repeat(15_000) },
  { 'x-bigger': 'y'.repeat(30_000) },
  { expect: '100-continue' },
  { expect: 'the unexpected' },
  { upgrade: 'websocket', connection: 'upgrade' },
  { upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings', 'http2-settings': 'AAMAAABkAAQAAP__' },
  { 'transfer-encoding': 'gzip, chunked' },
  { 'transfer-encoding': 'identity' },
  { range: 'bytes=0-' },
  { 'x-forwarded-for': '1.1.1.1, '.repeat(500) },
  { te: 'trailers', trailer: 'x' },
  Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`h${index}`, '1'])),
];

const ODD_CHUNKS = [
  '2\r\n{}\r\n0\r\n\r\n',
  'zz\r\n{}\r\n0\r\n\r\n',
  '-1\r\n{}\r\n0\r\n\r\n',
  'ffffffffffffffff\r\n{}',
  '2;ext=1\r\n{}\r\n0\r\nx: y\r\n\r\n',
  '2\r\n{}0\r\n\r\n',
  '0\r\n\r\n',
  '2\r\n{',
  `2;${'e'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
];

const METHODS = [
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'PROPFIND',
  'post',
  'PO ST',
  'X'.repeat(200),
  '',
];

const PATHS = [
  '/',
  '/v1',
  '/v1/',
  '//v1/models',
  '/v1/models/',
  '/v1/models/%',
  '/v1/models/%ff%fe',
  '/v1/models/%00',
  '/v1/models/..%2f..%2fetc%2fpasswd',
  '/v1/../../etc/passwd',
  '/v1/models/__proto__',
  `/v1/models/${'x'.repeat(10_000)}`,
  `/${'a/'.repeat(3000)}`,
  '/v1/models?limit=%zz&&&=',
  '/api/v1/tasks/%2e%2e/predict',
  '/api/v1/tasks//predict',
  '/healthz#x',
  '/readyz?x=\\',
  '\\v1\\models',
  '*',
  'http://other.example/v1/models',
  'http://[::1',
  'file:///etc/passwd',
  '/v1/models/\u00e9\u4e2d',
];

const REQUEST_LINES = [
  '\r\n\r\n',
  'GET\r\n\r\n',
  'GET / HTTP/0.9\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'GET / HTTP/2.0\r\nhost: a\r\n\r\n',
  'GET / HTTP/9.9\r\nhost: a\r\n\r\n',
  'GET /healthz HTTP/1.1\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n',
  'GET /healthz HTTP/1.1\nhost: a\n\n',
  'GET /healthz HTTP/1.1\r\nhost : a\r\n\r\n',
  'GET /healthz HTTP/1.1\r\n: a\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nhost: a\r\n folded\r\n\r\n',
  'GET  /healthz  HTTP/1.1\r\nhost: a\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'SSH-2.0-OpenSSH_9.9\r\n',
  'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n',
  'POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello',
  'POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nhello',
];

const ODD_VALUES: unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  '',
  'task:',
  'topic@',
  'topic@0',
  'topic@99999999999999999999',
  '@1',
  'task:topic@1',
  '__proto__',
  [],
  [null],
  {},
  { type: 'text' },
  { type: 'json_schema' },
  { type: 'json_schema', json_schema: { schema: { $ref: '#' } } },
  {
    type: 'json_schema',
    json_schema: { schema: { type: 'object', properties: { a: { $ref: '#/properties/a' } } } },
  },
  { toString: 1, constructor: null, hasOwnProperty: 0 },
];

function validBody(random: Random): Record<string, unknown> {
  if (random.integer(3) === 0) return { inputs: ['cat', 'bread'], top: 2 };
  return {
    model: 'task:topic',
    messages: [
      { role: 'system', content: 'be good' },
      { role: 'user', content: [{ type: 'text', text: 'a cat' }] },
    ],
    stream: random.integer(2) === 0,
    logprobs: true,
    top_logprobs: 3,
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'x',
        schema: { type: 'object', properties: { label: { type: 'string' } }, required: ['label'] },
      },
    },
  };
}

function withText(content: string): Record<string, unknown> {
  return { model: 'topic', messages: [{ role: 'user', content }] };
}

/** Puts an odd value, an odd key or nothing in the place of one part of a value. */
function mutateValue(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.integer(4) === 0) return pick(ODD_VALUES, random);
  if (Array.isArray(value)) {
    const at = random.integer(value.length);
    return value.map((item, index) => (index === at ? mutateValue(item, random) : (item as unknown)));
  }
  const keys = Object.keys(value);
  const key = keys[random.integer(keys.length)];
  if (key === undefined) return pick(ODD_VALUES, random);
  const copy: Record<string, unknown> = { ...value };
  const what = random.integer(6);
  if (what === 0) delete copy[key];
  else if (what === 1)
    copy[pick(['', 'x', 'constructor', 'Model', 'inptus'], random)] = pick(ODD_VALUES, random);
  else copy[key] = mutateValue(copy[key], random);
  return copy;
}

function breakText(text: string, random: Random): string {
  const at = random.integer(text.length);
  switch (random.integer(4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return (
        text.slice(0, at) +
        pick(['"', '}', ',', '\\', '\u0000', 'NaN', '/*x*/', '\ufeff'], random) +
        text.slice(at)
      );
    case 2:
      return text.slice(0, at) + text.slice(at + 1);
    default:
      return `${pick(['\ufeff', ")]}'", 'data: ', '{}'], random)}${text}`;
  }
}

function post(random: Random, body: string | Buffer, headers: Record<string, string> = {}): Made {
  const path = random.integer(3) === 0 ? PREDICT : CHAT;
  return { bytes: request('POST', path, jsonHeaders(body, headers), body) };
}

function jsonHeaders(body: string | Buffer, headers: Record<string, string>): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
}

function request(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer,
): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}`);
  const head = Buffer.from(`${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body]);
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.integer(256)));
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.integer(items.length)]!;
}
