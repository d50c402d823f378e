// usage: node bench/capture/run.ts [--calls 20000] [--rate 2000]
/** What keeping calls costs: processor time of the thread that serves, of the whole process, bytes and the age at which calls are safe. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { captureConfigSchema } from '../../src/schema/capture-config.ts';
import type { CapturedCall } from '../../src/store/capture.ts';
import { openCapture } from '../../src/store/capture/open-capture.ts';
import { sampleSummary } from '../../test/support/sample-call.ts';

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '20000' }, rate: { type: 'string', default: '2000' } },
});
const calls = Number(values.calls);
const rate = Number(values.rate);
const PROMPT =
  'You sort support tickets. Answer with one label. Ticket: the app freezes when I open the invoice page since the last update. ';

const SHAPES = {
  'plain, 1 KB': () => call({ words: 160, parts: 0 }),
  'plain, 4 KB': () => call({ words: 700, parts: 0 }),
  'streamed, 20 parts': () => call({ words: 160, parts: 20 }),
  'streamed, 200 parts': () => call({ words: 160, parts: 200 }),
};

function call({ words, parts }: { words: number; parts: number }): CapturedCall {
  const content = PROMPT.repeat(Math.ceil((words * 6) / PROMPT.length));
  const request = {
    model: 'task:topic',
    stream: parts > 0,
    messages: [{ role: 'user', content }],
    temperature: 0,
  };
  const head = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-4o-mini',
  };
  const chunks = Array.from({ length: parts }, (_, index) =>
    Buffer.from(
      `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta: { content: ` word${index}` }, finish_reason: null }] })}\n\n`,
    ),
  );
  const end = Buffer.from(
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`,
  );
  const message = { role: 'assistant', content: 'bug' };
  const plain = Buffer.from(
    JSON.stringify({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
    }),
  );
  return {
    summary: sampleSummary({ stream: parts > 0, tags: { plan: 'pro' }, user: 'user-17' }),
    request: Buffer.from(JSON.stringify(request)),
    response: parts > 0 ? [...chunks, end] : [plain],
    isEventStream: parts > 0,
  };
}

async function measure(name: string, make: () => CapturedCall, mode: 'async' | 'sync'): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-capture-'));
  const capture = await openCapture({
    directory: join(directory, 'capture'),
    store: { kind: 'sqlite', path: join(directory, 'store.db') },
    config: captureConfigSchema.parse({ mode }),
  });
  const made = Array.from({ length: Math.min(2000, calls) }, make);
  const process0 = process.cpuUsage();
  let mainUs = 0;
  const started = performance.now();
  let fsyncWaits = 0;
  for (let done = 0; done < calls;) {
    const due = Math.min(calls, Math.ceil(((performance.now() - started) / 1000) * rate));
    const before = process.threadCpuUsage();
    const waits: (Promise<void> | undefined)[] = [];
    for (; done < due; done++) {
      const next = made[done % made.length]!;
      waits.push(capture.record({ ...next, summary: { ...next.summary, id: `${next.summary.id}-${done}` } }));
    }
    const after = process.threadCpuUsage(before);
    mainUs += after.user + after.system;
    if (mode === 'sync') {
      await Promise.all(waits.map((one) => one!));
      fsyncWaits++;
    }
    await pause(1);
  }
  const seconds = (performance.now() - started) / 1000;
  await capture.flush();
  const { user, system } = process.cpuUsage(process0);
  const { durable, stored, dropped, longestInMemoryMs } = capture.counters();
  await capture.close();
  await rm(directory, { recursive: true });
  process.stdout.write(
    `${mode.padEnd(5)} ${name.padEnd(20)} ${(calls / seconds).toFixed(0)} calls/s: serving thread ${(mainUs / calls).toFixed(1)} µs a call, process ${((user + system) / calls).toFixed(0)} µs, ` +
      `oldest in memory ${longestInMemoryMs?.toFixed(0)} ms, ${durable} durable, ${stored} stored, ${dropped} dropped${mode === 'sync' ? `, ${fsyncWaits} groups` : ''}\n`,
  );
}

for (const mode of ['async', 'sync'] as const)
  for (const [name, make] of Object.entries(SHAPES)) await measure(name, make, mode);
