import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RunCheckpoint } from '../schema/run-checkpoint.ts';
import type { RunEvent } from '../schema/run-event.ts';
import { EventLog, readEvents, rewindEvents } from './event-log.ts';

async function logPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-events-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return join(directory, 'events.jsonl');
}

const stepEnd = (step: number): RunEvent => ({
  type: 'step-end',
  step,
  loss: 1 / step,
  gradientNorm: 1,
  learningRate: 0.1,
  tokens: 8,
  measured: { seconds: 0.5 },
});
const saved = (step: number): RunEvent => ({ type: 'checkpoint-saved', step, measured: { seconds: 1 } });

async function logOf(events: readonly RunEvent[]): Promise<string> {
  const path = await logPath();
  const log = EventLog.open(path);
  for (const event of events) log.append(event);
  log.close();
  return path;
}

test('events are lines that can be read while more are written', async () => {
  const path = await logPath();
  const log = EventLog.open(path);
  log.append(stepEnd(1));
  expect((await readEvents(path)).events).toEqual([stepEnd(1)]);
  log.append(stepEnd(2));
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3);
  log.close();
});

test('no log has no events', async () => {
  expect(await readEvents(await logPath())).toEqual({ events: [], unreadableLines: 0 });
});

test('a line torn anywhere is dropped', async () => {
  const path = await logOf([stepEnd(1)]);
  const whole = await readFile(path, 'utf8');
  for (let length = 0; length < whole.length - 1; length++) {
    await writeFile(path, whole + whole.slice(0, length));
    expect((await readEvents(path)).events).toEqual([stepEnd(1)]);
  }
});

test('going back to a checkpoint drops what came after it', async () => {
  const path = await logOf([stepEnd(1), stepEnd(2), saved(2), stepEnd(3)]);
  await appendFile(path, '{"type":"step-e');
  const { events } = await rewindEvents(path, { step: 2, scheduled: true } as RunCheckpoint);
  expect(events).toEqual([stepEnd(1), stepEnd(2), saved(2)]);
  expect((await readEvents(path)).events).toEqual(events);
});

test('a checkpoint whose event a kill swallowed is told of, unless an interruption made it', async () => {
  const path = await logOf([stepEnd(1), stepEnd(2)]);
  const unscheduled = await rewindEvents(path, { step: 2, scheduled: false } as RunCheckpoint);
  expect(unscheduled.events).toHaveLength(2);
  const { events } = await rewindEvents(path, { step: 2, scheduled: true } as RunCheckpoint);
  expect(events.at(-1)).toEqual({ type: 'checkpoint-saved', step: 2, measured: { seconds: null } });
});
