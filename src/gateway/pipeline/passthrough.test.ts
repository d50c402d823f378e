import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FaultyUpstream, startFaultyUpstream } from '../../../test/stand-in/faulty-upstream.ts';
import { type ServedUpstreams, serveUpstreams } from '../../../test/support/serve-upstreams.ts';

const IMAGE = `data:image/png;base64,${'iVBORw0KGgo'.repeat(20_000)}`;
const TOOL = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: {} } },
};
const SCHEMA = { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { type: 'object' } } };
const user = (content: unknown): object[] => [{ role: 'user', content }];

/** Bodies without model and stream, as texts: white space, order and forms of numbers must survive. */
const CHATS: [what: string, members: string][] = [
  ['text', JSON.stringify({ messages: user('hi') }).slice(1, -1)],
  [
    'odd white space and numbers',
    '\n "messages" :\t[ {"role":"user","content":"\\u00e4\\ud83d\\ude00"} ] , "temperature": 1.0e-0, "seed": 12345678901234567890 ',
  ],
  [
    'unknown fields',
    '"messages":[{"role":"user","content":"x","x_more":[1,{"model":"inner"}]}],"x_unknown":{"stream_options":null,"b":[null,true]},"metadata":{"a":"1"}',
  ],
  [
    'tools',
    JSON.stringify({ messages: user('weather?'), tools: [TOOL], parallel_tool_calls: true }).slice(1, -1),
  ],
  [
    'tool results',
    JSON.stringify({
      messages: [
        ...user('w?'),
        {
          role: 'assistant',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'weather', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: '21' },
      ],
      tools: [TOOL],
    }).slice(1, -1),
  ],
  [
    'an image',
    JSON.stringify({
      messages: user([
        { type: 'text', text: 'what?' },
        { type: 'image_url', image_url: { url: IMAGE } },
      ]),
    }).slice(1, -1),
  ],
  [
    'sound',
    JSON.stringify({
      messages: user([{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }]),
      modalities: ['text', 'audio'],
    }).slice(1, -1),
  ],
  [
    'log-probabilities',
    JSON.stringify({ messages: user('hi'), logprobs: true, top_logprobs: 3 }).slice(1, -1),
  ],
  ['a schema', JSON.stringify({ messages: user('hi'), response_format: SCHEMA }).slice(1, -1)],
  [
    'two answers',
    JSON.stringify({ messages: user('hi'), n: 2, user: 'u', safety_identifier: 's' }).slice(1, -1),
  ],
];
const RESPONSES: [what: string, members: string][] = [
  ['text', '"input": "hi", "metadata": {"k": "v"}, "store": false'],
  [
    'parts and tools',
    JSON.stringify({
      input: user([
        { type: 'input_text', text: 'w?' },
        { type: 'input_image', image_url: IMAGE },
      ]),
      tools: [{ type: 'function', name: 'weather', parameters: {} }],
      reasoning: { effort: 'low' },
    }).slice(1, -1),
  ],
];
const EMBEDDINGS: [what: string, members: string][] = [
  ['one text', '"input":"x"'],
  ['several, as base64', '"input":["a","b"],"encoding_format":"base64","dimensions":512'],
];

interface Exchange {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** What the wire itself adds differently, and what the gateway says it adds. */
const OURS = new Set([
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'x-request-id',
]);

function send(url: string, body: string, headers: Record<string, string>): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const kept = Object.entries(incoming.headers).filter(
            ([name]) => !OURS.has(name) && !name.startsWith('x-homegrown-'),
          );
          resolve({
            status: incoming.statusCode!,
            headers: Object.fromEntries(kept),
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('a good call', () => {
  let upstream: FaultyUpstream;
  let gateway: ServedUpstreams;
  beforeAll(async () => {
    upstream = await startFaultyUpstream({ apiKey: 'their-key' });
    process.env['PASSTHROUGH_TEST_KEY'] = 'their-key';
    const main = { baseUrl: upstream.baseUrl, model: 'm', apiKeyEnv: 'PASSTHROUGH_TEST_KEY' };
    gateway = await serveUpstreams({ upstreams: { main } });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });

  const cases = [
    ...CHATS.flatMap(([what, members]) => [
      { path: '/chat/completions', what, members, stream: '' },
      { path: '/chat/completions', what: `${what}, streamed`, members, stream: '"stream": true' },
      {
        path: '/chat/completions',
        what: `${what}, streamed with its usage`,
        members,
        stream: '"stream":true,"stream_options":{"include_usage":true}',
      },
    ]),
    ...RESPONSES.flatMap(([what, members]) => [
      { path: '/responses', what, members, stream: '' },
      { path: '/responses', what: `${what}, streamed`, members, stream: '"stream":true' },
    ]),
    ...EMBEDDINGS.map(([what, members]) => ({ path: '/embeddings', what, members, stream: '' })),
  ];

  test.each(cases)('arrives and returns unchanged: $path, $what', async ({ path, members, stream }) => {
    const bodyFor = (model: string): string =>
      `{"model" : ${JSON.stringify(model)},${members}${stream === '' ? '' : `,${stream}`}}`;
    const custom = {
      'x-custom': 'ä \t1',
      'openai-organization': 'org-1',
      'user-agent': 'a product/1.0',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const direct = await send(`${upstream.baseUrl}${path}`, bodyFor('z-1'), {
      ...custom,
      authorization: 'Bearer their-key',
    });
    const through = await send(`${gateway.server.url}/v1${path}`, bodyFor('main/z-1'), {
      ...custom,
      authorization: 'Bearer of-the-client',
      'x-homegrown-user': 'u',
      'x-homegrown-tags': 'a=b',
      'accept-encoding': 'gzip',
    });
    expect(direct.status).toBe(200);
    expect(through).toEqual(direct);
    const [wanted, sent] = upstream.requests.slice(-2);
    const added = stream === '"stream": true' ? ',"stream_options":{"include_usage":true}}' : '}';
    expect(sent!.body.toString()).toBe(`${wanted!.body.toString().slice(0, -1)}${added}`);
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = wanted!.headers;
    expect(sent!.headers).toMatchObject({ ...headers, 'accept-encoding': 'identity' });
    const names = Object.keys(sent!.headers).filter((name) => !(name in wanted!.headers));
    expect(names).toEqual(['accept-encoding']);
  });

  test('has the names of ours in its answer, and the request id of the upstream', async () => {
    const response = await fetch(`${gateway.server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'mine' },
      body: '{"model":"main","messages":[]}',
    });
    expect(response.headers.get('x-homegrown-target')).toBe('main/m');
    expect(response.headers.get('x-homegrown-inference')).toMatch(/^inf_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(response.headers.get('x-request-id')).toBe(`req_up_${upstream.requests.at(-1)!.index}`);
    expect(upstream.requests.at(-1)!.headers['x-request-id']).toBe('mine');
  });
});
