import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { captureBench as bench } from '../../../test/support/capture-bench.ts';
import { readInferences } from '../../../test/support/json-lines-store.ts';
import { sampleCall } from '../../../test/support/sample-call.ts';

test('calls of async reach the store, in their order and whole', async () => {
  const { open, file } = await bench();
  const capture = await open();
  const calls = Array.from({ length: 1000 }, () => sampleCall());
  for (const call of calls) expect(capture.record(call)).toBeUndefined();
  await capture.flush();
  const stored = readInferences(file);
  expect(stored.map(({ id }) => id)).toEqual(calls.map(({ summary }) => summary.id));
  const { request, response, ...summary } = stored[500]!;
  expect(summary).toEqual(calls[500]!.summary);
  expect(request).toBe(Buffer.from(calls[500]!.request).toString());
  expect(response).toBe(Buffer.from(calls[500]!.response![0]!).toString());
  expect(capture.counters()).toMatchObject({
    taken: 1000,
    durable: 1000,
    stored: 1000,
    dropped: 0,
    waiting: 0,
    waitingBytes: 0,
    problem: null,
  });
});

test('a call that no other follows is on disk soon, too', async () => {
  const { open } = await bench();
  const capture = await open();
  void capture.record(sampleCall());
  await expect.poll(() => capture.counters(), { timeout: 20_000 }).toMatchObject({ durable: 1, stored: 1 });
});

test('calls of sync are on disk once their promise resolves, whatever the store does', async () => {
  const { open, outage } = await bench();
  await writeFile(outage, 'the store is away');
  const capture = await open({ mode: 'sync' });
  await Promise.all(Array.from({ length: 200 }, () => capture.record(sampleCall())!));
  expect(capture.counters()).toMatchObject({ taken: 200, durable: 200, stored: 0, waiting: 200 });
  await capture.flush();
  expect(capture.counters().problem).toBe('the store is away');
  await rm(outage);
  await expect.poll(() => capture.counters().stored, { timeout: 20_000 }).toBe(200);
  expect(capture.counters()).toMatchObject({ waiting: 0, waitingBytes: 0, problem: null });
});

test('streams are merged, and what the config names is redacted before it is on disk', async () => {
  const { open, file, outage, directory } = await bench();
  await writeFile(outage, 'the store is away');
  const capture = await open({ mode: 'sync', redactText: (text) => text.replaceAll('Acme', 'a customer') });
  const call = sampleCall(
    {
      user: 'jane@home.org',
      tags: { from: 'jane@example.com' },
      error: { code: 'x', message: 'for jane@example.com' },
    },
    { question: 'Acme: write to jane@example.com, +49 30 1234567' },
  );
  const parts = ['Write to ja', 'ne@exam', 'ple.com'].map((content) => ({
    id: 'chatcmpl-s',
    choices: [{ index: 0, delta: { content } }],
  }));
  const end = { id: 'chatcmpl-s', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const bytes = Buffer.from(
    [...parts, end].map((part) => `data: ${JSON.stringify(part)}\n\n`).join('') + 'data: [DONE]\n\n',
  );
  await capture.record({
    ...call,
    response: [bytes.subarray(0, 50), bytes.subarray(50)],
    isEventStream: true,
  });
  const journal = await readFile(join(directory, '1', '0000000001.journal'), 'utf8');
  expect(journal).toContain('write to [email]');
  expect(journal).not.toMatch(/Acme|exam|1234567/);
  await rm(outage);
  await expect.poll(() => readInferences(file), { timeout: 20_000 }).toHaveLength(1);
  const [stored] = readInferences(file);
  expect(stored).toMatchObject({
    user: 'jane@home.org',
    tags: { from: '[email]' },
    error: { code: 'x', message: 'for [email]' },
  });
  expect(JSON.parse(stored!.request)).toMatchObject({
    messages: [{ content: 'a customer: write to [email], [phone]' }],
  });
  expect(JSON.parse(stored!.response!)).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { role: 'assistant', content: 'Write to [email]' }, finish_reason: 'stop' }],
  });
});

test('an answer that is no JSON is kept as a text', async () => {
  const { open, file } = await bench();
  const capture = await open();
  void capture.record({ ...sampleCall(), response: [Buffer.from('<html>jane@example.com</html>')] });
  void capture.record({ ...sampleCall(), response: null });
  await capture.flush();
  expect(readInferences(file).map(({ response }) => response)).toEqual(['"<html>[email]</html>"', null]);
});
