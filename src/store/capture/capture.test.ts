import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type JsonLinesSettings, readInferences } from '../../../test/support/json-lines-store.ts';
import { sampleCall } from '../../../test/support/sample-call.ts';
import { type CaptureConfig, captureConfigSchema } from '../../schema/capture-config.ts';
import type { Capture } from '../capture.ts';
import { openCapture } from './open-capture.ts';

interface Bench {
  directory: string;
  file: string;
  outage: string;
  open(config?: Partial<CaptureConfig>): Promise<Capture>;
}

const moduleUrl = new URL('../../../test/support/json-lines-store.ts', import.meta.url).href;

async function bench(settings: Partial<JsonLinesSettings> = {}): Promise<Bench> {
  const directory = await mkdtemp(join(tmpdir(), 'capture-'));
  const captures: Capture[] = [];
  onTestFinished(async () => {
    for (const capture of captures) await capture.close();
    await rm(directory, { recursive: true, force: true });
  });
  const file = join(directory, 'stored.jsonl');
  const outage = join(directory, 'outage');
  const open = async (config: Partial<CaptureConfig> = {}): Promise<Capture> => {
    const capture = await openCapture({
      directory: join(directory, 'capture'),
      store: { kind: 'module', url: moduleUrl, settings: { file, outage, ...settings } },
      config: { ...captureConfigSchema.parse({}), ...config },
    });
    captures.push(capture);
    return capture;
  };
  return { directory, file, outage, open };
}

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
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(capture.counters()).toMatchObject({ durable: 1, stored: 1 });
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
  await expect.poll(() => capture.counters().stored, { timeout: 5000 }).toBe(200);
  expect(capture.counters()).toMatchObject({ waiting: 0, waitingBytes: 0, problem: null });
});
