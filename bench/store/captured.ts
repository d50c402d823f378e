/**
 * What `captured()` costs over many captures: `node bench/store/captured.ts [--count <n>] [--seed <n>]`. Fills a SQLite store, then
 * builds data sets of it, each in a process of its own: of the reviewed calls, of all, and asks for a first page.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildDataset } from '../../src/data/build-dataset.ts';
import { captured } from '../../src/schema/captured-source.ts';
import { taskConfigSchema } from '../../src/schema/config.ts';
import type { Inference } from '../../src/schema/inference.ts';
import { pageThrough } from '../../src/store/page-through.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { CallMaker } from './calls.ts';
import { wordNetWords } from './word-list.ts';

const BATCH = 200;
const LABELS = 20;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    read: { type: 'string' },
    unreviewed: { type: 'boolean', default: false },
  },
});

if (values.read === undefined) await fillAndMeasure(Number(values.count));
else await measure(values.read, values.unreviewed);

async function fillAndMeasure(count: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'hg-bench-captured-'));
  try {
    await fill(directory, count);
    for (const flags of [[], ['--unreviewed']]) {
      const self = fileURLToPath(import.meta.url);
      spawnSync(process.execPath, [self, '--read', directory, ...flags], { stdio: 'inherit' });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function fill(directory: string, count: number): Promise<void> {
  const store = await openSqliteStore(join(directory, 'store.db'));
  const maker = new CallMaker(Number(values.seed), await wordNetWords());
  for (let start = 0; start < count; start += BATCH) {
    const calls = Array.from({ length: Math.min(BATCH, count - start) }, (_, index) =>
      maker.call(start + index),
    );
    await store.inferences.append(calls.map(labelled));
    const feedback = calls.map((call, index) => maker.feedback(start + index, call));
    await store.feedback.append(
      feedback.filter((said) => said !== null && !('output' in said)).map((said) => said!),
    );
    if (start % 100_000 === 0) process.stderr.write(`${start} calls\n`);
  }
  await store.close();
}

/** The same call answered with one of a few labels. */
function labelled(call: Inference): Inference {
  if (call.response === null) return call;
  const label = `label ${call.requestId.charCodeAt(6) % LABELS}`;
  const choices = [{ index: 0, message: { role: 'assistant', content: label }, finish_reason: 'stop' }];
  return {
    ...call,
    endpoint: 'chat-completions',
    response: JSON.stringify({ id: call.responseId, choices }),
  };
}

async function measure(directory: string, unreviewed: boolean): Promise<void> {
  const store = await openSqliteStore(join(directory, 'store.db'));
  const started = performance.now();
  for await (const rows of pageThrough(store.inferences, {
    task: 'topic',
    feedback: ['accepted', 'edited', 'corrected', 'rejected'],
  })) {
    if (rows.length > 0) break;
  }
  const firstPageMs = performance.now() - started;
  const datasetsDir = join(directory, `datasets-${String(unreviewed)}`);
  await mkdir(datasetsDir);
  const config = taskConfigSchema.parse({ kind: 'classify', data: captured({ unreviewed }) });
  const building = performance.now();
  const { manifest } = await buildDataset({
    task: { name: 'topic', config },
    projectDir: directory,
    datasetsDir,
    calls: { inferences: store.inferences, redaction: null },
    skipBad: false,
  });
  const result = {
    unreviewed,
    firstPageMs: Math.round(firstPageMs * 10) / 10,
    buildSeconds: Math.round((performance.now() - building) / 100) / 10,
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
    examples: manifest.examples,
    source: manifest.sources[0],
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  await store.close();
}
