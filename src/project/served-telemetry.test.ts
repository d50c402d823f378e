import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, post, user } from '../../test/support/http-ask.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../../test/support/otlp-receiver.ts';
import { type ParsedFamily, parseMetrics, valueOf } from '../../test/support/parse-metrics.ts';
import { type ProjectBeforeStandIn, serveBeforeStandIn } from '../../test/support/served-project.ts';

let served: ProjectBeforeStandIn;
let receiver: OtlpReceiver | undefined;
afterEach(async () => {
  await served.close();
  await receiver?.close();
  receiver = undefined;
});

const chat = (more: object = {}, headers: Record<string, string> = {}): ReturnType<typeof post> =>
  post(
    `${served.server.url}/v1/chat/completions`,
    { model: 'gpt-4o-mini', messages: user('my cat'), max_tokens: 100, ...more },
    headers,
  );

async function metrics(headers: Record<string, string> = {}): Promise<Map<string, ParsedFamily>> {
  const { status, text } = await ask(`${served.server.url}/metrics`, { headers });
  expect(status).toBe(200);
  return parseMetrics(text);
}

describe('/metrics', () => {
  test('counts calls, errors, tokens, money and times', async () => {
    served = await serveBeforeStandIn({ main: { serving: { retries: 1 } } });
    const { json } = await chat();
    await chat({ stream: true });
    await chat({ model: 'main/fault:status-400' });
    await chat({ model: 'main/"odd\\name"' });
    const read = await metrics();
    const good = { endpoint: 'chat-completions', task: 'none', target: 'main/gpt-4o-mini' };
    expect(valueOf(read, 'homegrown_calls_total', { ...good, status: '200', answered_as: 'upstream' })).toBe(
      2,
    );
    expect(valueOf(read, 'homegrown_calls_total', { target: 'none', status: '400' })).toBe(1);
    expect(valueOf(read, 'homegrown_call_errors_total', { code: 'status-400' })).toBe(1);
    expect(
      valueOf(read, 'homegrown_attempts_total', { target: 'main/fault:status-400', failure: 'status-400' }),
    ).toBe(1);
    expect(
      valueOf(read, 'homegrown_call_duration_seconds', good, 'homegrown_call_duration_seconds_count'),
    ).toBe(2);
    expect(
      valueOf(
        read,
        'homegrown_call_first_content_seconds',
        good,
        'homegrown_call_first_content_seconds_count',
      ),
    ).toBe(1);
    expect(valueOf(read, 'homegrown_tokens_total', { target: good.target, kind: 'output' })).toBeGreaterThan(
      json.usage.completion_tokens,
    );
    expect(valueOf(read, 'homegrown_cost_usd_total', { target: good.target })).toBeGreaterThan(0);
    expect(valueOf(read, 'homegrown_unpriced_calls_total', { target: 'main/"odd\\name"' })).toBe(1);
    expect(valueOf(read, 'homegrown_calls_in_flight')).toBe(0);
    expect(valueOf(read, 'homegrown_capture_taken_total')).toBe(4);
    expect(valueOf(read, 'homegrown_capture_dropped_total')).toBe(0);
    expect(valueOf(read, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(valueOf(read, 'homegrown_build_info', {})).toBe(1);
  });

  test('is bounded, whatever models clients name', async () => {
    served = await serveBeforeStandIn();
    for (let batch = 0; batch < 14; batch++)
      await Promise.all(Array.from({ length: 25 }, (_, i) => chat({ model: `model-${batch}-${i}` })));
    const read = await metrics();
    expect(read.get('homegrown_cost_usd_total')?.samples.length ?? 0).toBeLessThanOrEqual(301);
    const durations = read.get('homegrown_call_duration_seconds')!.samples;
    const counts = durations.filter(({ name }) => name.endsWith('_count'));
    expect(counts).toHaveLength(301);
    expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(350);
    expect(counts.find(({ labels }) => labels['target'] === 'other')!.value).toBe(50);
  });

  test('is read by this machine’s programs and by admins', async () => {
    served = await serveBeforeStandIn({ host: '0.0.0.0' });
    const { secret } = await served.project.keys.create({ name: 'me', role: 'admin' });
    const product = await served.project.keys.create({ name: 'shop' });
    const url = `http://127.0.0.1:${served.server.port}/metrics`;
    expect((await ask(url)).headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const forwarded = { 'x-forwarded-for': '203.0.113.9' };
    expect(await ask(url, { headers: forwarded })).toMatchObject({ status: 401 });
    const bearer = (key: string): RequestInit => ({
      headers: { ...forwarded, authorization: `Bearer ${key}` },
    });
    expect(await ask(url, bearer(product.secret))).toMatchObject({ status: 403 });
    expect(await ask(url, bearer(secret))).toMatchObject({ status: 200 });
  });

  test('can be open to everybody, or absent', async () => {
    served = await serveBeforeStandIn({ config: { telemetry: { metrics: 'everybody' } } });
    const forwarded = { headers: { 'x-forwarded-for': '203.0.113.9' } };
    expect(await ask(`${served.server.url}/metrics`, forwarded)).toMatchObject({ status: 200 });
    await served.close();
    served = await serveBeforeStandIn({ config: { telemetry: { metrics: 'off' } } });
    expect(await ask(`${served.server.url}/metrics`)).toMatchObject({ status: 404 });
  });
});

const CLIENTS = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('spans', () => {
  async function open(contents = false): Promise<void> {
    receiver = await startOtlpReceiver();
    served = await serveBeforeStandIn({
      main: { serving: { retries: 0 } },
      config: { telemetry: { otlpEndpoint: receiver.url, contents } },
    });
  }

  async function spans(count: number): Promise<readonly ReceivedSpan[]> {
    await expect.poll(() => receiver!.spans.length, { timeout: 5000 }).toBe(count);
    return receiver!.spans;
  }

  test('are named by the conventions and continue the client’s trace to the upstream', async () => {
    await open();
    const { json } = await chat(
      { temperature: 0.5, stop: 'x' },
      { traceparent: CLIENTS, tracestate: 'a=1,b=2' },
    );
    const [span] = await spans(1);
    expect(receiver!.paths).toEqual(['/v1/traces']);
    expect(span).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      name: 'chat gpt-4o-mini',
      kind: 3,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'main',
        'gen_ai.request.model': 'gpt-4o-mini',
        'gen_ai.response.model': 'gpt-4o-mini',
        'gen_ai.request.max_tokens': 100,
        'gen_ai.request.temperature': 0.5,
        'gen_ai.request.stop_sequences': ['x'],
        'gen_ai.response.id': json.id,
        'gen_ai.usage.input_tokens': json.usage.prompt_tokens,
        'gen_ai.usage.output_tokens': json.usage.completion_tokens,
        'server.address': '127.0.0.1',
        'server.port': served.upstream.port,
        'http.response.status_code': 200,
        'homegrown.target': 'main/gpt-4o-mini',
      },
      resource: { 'service.name': 'homegrown' },
    });
    expect(JSON.stringify(span)).not.toContain('my cat');
    const sent = served.upstream.requests[0]!.headers;
    expect(sent['traceparent']).toBe(`00-${span!.traceId}-${span!.spanId}-01`);
    expect(sent['tracestate']).toBe('a=1,b=2');
    const took = Number(span!.endTimeUnixNano) - Number(span!.startTimeUnixNano);
    expect(took).toBeGreaterThan(0);
    expect(Math.abs(Number(span!.endTimeUnixNano) / 1e6 - Date.now())).toBeLessThan(30_000);
  });

  test('begin a trace of their own, tell of failures, and are left out where a client does not sample', async () => {
    await open();
    await chat({ stream: true }, { traceparent: 'nonsense', tracestate: 'a=1' });
    await chat({ model: 'main/fault:status-500' });
    await chat({}, { traceparent: CLIENTS.replace(/01$/, '00') });
    const [streamed, failed] = await spans(2);
    expect(streamed!.parentSpanId ?? '').toBe('');
    expect(streamed!.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
    const [first, , unsampled] = served.upstream.requests;
    expect(first!.headers['traceparent']).toBe(`00-${streamed!.traceId}-${streamed!.spanId}-01`);
    expect(first!.headers['tracestate']).toBeUndefined();
    expect(unsampled!.headers['traceparent']).toMatch(
      /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/,
    );
    expect(unsampled!.headers['traceparent']).not.toContain('b7ad6b7169203331');
    expect(failed).toMatchObject({
      status: { code: 2, message: 'status-500' },
      attributes: { 'error.type': 'status-500', 'http.response.status_code': 500 },
      events: [{ name: 'homegrown.attempt.failed', attributes: { 'error.type': 'status-500' } }],
    });
    expect(failed!.traceId).not.toBe(streamed!.traceId);
  });

  test('hold what was said only when that is wanted', async () => {
    await open(true);
    await chat({ stream: true, messages: [...user('my cat'), ...user('call me at jo@example.com')] });
    const [span] = await spans(1);
    expect(JSON.stringify(span)).not.toContain('jo@example.com');
    expect(JSON.parse(String(span!.attributes['gen_ai.input.messages']))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'my cat' }] },
      { role: 'user', parts: [{ type: 'text', content: 'call me at [email]' }] },
    ]);
    const [answer] = JSON.parse(String(span!.attributes['gen_ai.output.messages']));
    expect(answer).toMatchObject({ role: 'assistant', finish_reason: 'stop' });
    expect(answer.parts[0].content.length).toBeGreaterThan(5);
  });

  test('a collector that is away holds nothing up and is counted', async () => {
    await open();
    receiver!.status = 400;
    expect((await chat()).status).toBe(200);
    await expect
      .poll(async () => valueOf(await metrics(), 'homegrown_spans_total', { state: 'failed' }), {
        timeout: 5000,
      })
      .toBe(1);
    await receiver!.close();
    expect((await chat()).status).toBe(200);
  });
});

test('without a collector the client’s trace goes on unchanged', async () => {
  served = await serveBeforeStandIn();
  await chat({}, { traceparent: CLIENTS, tracestate: 'a=1' });
  expect(served.upstream.requests[0]!.headers).toMatchObject({ traceparent: CLIENTS, tracestate: 'a=1' });
});

test('`serve` writes a line of JSON for each event and call', async () => {
  served = await serveBeforeStandIn();
  const config = {
    tasks: {},
    upstreams: { main: { baseUrl: served.upstream.baseUrl, model: 'gpt-4o-mini' } },
    telemetry: { log: 'json' },
  };
  await writeFile(
    join(served.directory, 'homegrown.config.ts'),
    `export default ${JSON.stringify(config)};\n`,
  );
  const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, '--json', 'serve', '--port', '0'], { cwd: served.directory });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(JSON.parse(String(chunk)).url));
    child.once('exit', () => reject(new Error(errors)));
  });
  const body = { model: 'gpt-4o-mini', messages: user('my secret cat') };
  const headers = { 'content-type': 'application/json', traceparent: CLIENTS };
  await ask(`${url}/v1/chat/completions`, { method: 'POST', headers, body: JSON.stringify(body) });
  await post(`${url}/v1/chat/completions`, { ...body, model: 'main/fault:status-500' });
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('close', resolve));
  const lines = errors
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({
    event: 'server-started',
    level: 'info',
    message: expect.stringContaining(url),
  });
  const calls = lines.filter(({ event }) => event === 'call');
  expect(calls).toHaveLength(2);
  expect(calls[0]).toMatchObject({
    level: 'info',
    status: 200,
    error: null,
    model: 'gpt-4o-mini',
    target: 'main/gpt-4o-mini',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    cost_usd: expect.any(Number),
    inference: expect.stringMatching(/^inf_/),
  });
  expect(Object.keys(calls[1].error)).toEqual(['code']);
  expect(errors).not.toContain('secret cat');
}, 60_000);
