import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CaptureBench, captureBench } from '../../../test/support/capture-bench.ts';
import { readInferences } from '../../../test/support/json-lines-store.ts';
import { recordAndDie } from '../../../test/support/record-and-die.ts';
import { crash, startedWorkers } from '../../../test/support/started-workers.ts';
import { sampleCall } from '../../../test/support/sample-call.ts';
import type { Capture } from '../capture.ts';

const away = (bench: CaptureBench): Promise<void> => writeFile(bench.outage, 'the store is away');
const back = (bench: CaptureBench): Promise<void> => rm(bench.outage);
const settled = { timeout: 30_000, interval: 20 };

function recordSome(capture: Capture, count: number, options?: { question: string }): string[] {
  return Array.from({ length: count }, () => {
    const call = sampleCall({}, options);
    void capture.record(call)?.catch(() => undefined);
    return call.summary.id;
  });
}

const storedIds = ({ file }: CaptureBench): string[] => readInferences(file).map(({ id }) => id);
const segmentsIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name.endsWith('.journal'));

describe('a store that is away', () => {
  test('calls wait on disk and are stored once it is back', async () => {
    const bench = await captureBench();
    await away(bench);
    const capture = await bench.open();
    const ids = recordSome(capture, 500);
    await capture.flush();
    expect(capture.counters()).toMatchObject({
      durable: 500,
      stored: 0,
      waiting: 500,
      problem: 'the store is away',
    });
    await back(bench);
    await expect.poll(() => capture.counters().stored, settled).toBe(500);
    expect(storedIds(bench)).toEqual(ids);
    expect(capture.counters()).toMatchObject({ waiting: 0, waitingBytes: 0, problem: null });
    await expect.poll(() => segmentsIn(join(bench.directory, '1')), settled).toEqual([]);
  });

  test('a restart brings what waited into the store', async () => {
    const bench = await captureBench();
    await away(bench);
    const first = await bench.open({ mode: 'sync' });
    const ids = recordSome(first, 300);
    await first.close();
    expect(storedIds(bench)).toEqual([]);
    await back(bench);
    const second = await bench.open();
    const more = recordSome(second, 5);
    await second.flush();
    expect(storedIds(bench)).toEqual([...ids, ...more]);
    expect(second.counters()).toMatchObject({
      taken: 5,
      durable: 5,
      recovered: 300,
      stored: 305,
      waiting: 0,
      waitingBytes: 0,
    });
  });

  test.each(['async', 'sync'] as const)('a full journal drops and counts, in %s', async (mode) => {
    const bench = await captureBench();
    await away(bench);
    const capture = await bench.open({ mode, maxWaitingBytes: 100_000 });
    const failures: unknown[] = [];
    for (let count = 0; count < 300; count++)
      await capture.record(sampleCall())?.catch((error: unknown) => failures.push(error));
    await capture.flush();
    const { taken, durable, dropped, waiting, waitingBytes, problem } = capture.counters();
    expect([taken, durable + dropped, waiting]).toEqual([300, 300, durable]);
    expect(dropped).toBeGreaterThan(100);
    expect(durable).toBeGreaterThan(50);
    expect(waitingBytes).toBeLessThanOrEqual(100_000);
    expect(problem).toContain('100000 bytes of calls wait here for the store');
    expect(failures).toHaveLength(mode === 'sync' ? dropped : 0);
    if (mode === 'sync') expect(failures[0]).toMatchObject({ code: 'capture/full' });
    await back(bench);
    await expect.poll(() => capture.counters().waiting, settled).toBe(0);
    await capture.record(sampleCall());
    await capture.flush();
    expect(capture.counters()).toMatchObject({ stored: durable + 1, dropped, problem: null });
  });

  test('a call that the store refuses does not hold up the others', async () => {
    const bench = await captureBench({ refuses: 'poison' });
    const capture = await bench.open();
    const before = recordSome(capture, 10);
    void capture.record(sampleCall({ id: 'inf_poison/../1' }));
    const after = recordSome(capture, 10);
    await expect.poll(() => capture.counters().stored, settled).toBe(20);
    expect(storedIds(bench)).toEqual([...before, ...after]);
    expect(capture.counters()).toMatchObject({ setAside: 1, waiting: 0 });
    const [name] = await readdir(join(bench.directory, '1', 'aside'));
    const kept = JSON.parse(await readFile(join(bench.directory, '1', 'aside', name!), 'utf8')) as object;
    expect(kept).toMatchObject({
      reason: { message: 'refused inf_poison/../1' },
      inference: { id: 'inf_poison/../1' },
    });
  });
});

describe('what a process that died left behind', () => {
  test('a torn tail is no damage', async () => {
    const bench = await captureBench();
    const ids = await recordAndDie(bench, 100);
    const [name] = await segmentsIn(join(bench.directory, '1'));
    const path = join(bench.directory, '1', name!);
    const whole = await readFile(path);
    for (const tail of [whole.subarray(0, 700), whole.subarray(0, 5), Buffer.alloc(4096)]) {
      await appendFile(path, tail.subarray(0, tail.length - 1));
      const capture = await bench.open();
      await capture.flush();
      expect(storedIds(bench)).toEqual(ids);
      expect(capture.counters()).toMatchObject({ recovered: 100, setAside: 0, waiting: 0, waitingBytes: 0 });
      await capture.close();
      await writeFile(path, whole);
    }
  });

  test('damage costs the calls that it hit, and is set aside', async () => {
    const bench = await captureBench();
    const ids = await recordAndDie(bench, 100);
    const [name] = await segmentsIn(join(bench.directory, '1'));
    const path = join(bench.directory, '1', name!);
    const bytes = await readFile(path);
    bytes.fill(0x58, 30_000, 30_010);
    await writeFile(path, bytes);
    const capture = await bench.open();
    await capture.flush();
    const stored = storedIds(bench);
    expect(stored).toHaveLength(99);
    expect(ids).toEqual(expect.arrayContaining(stored));
    expect(capture.counters()).toMatchObject({ stored: 99, setAside: 1, waiting: 0, waitingBytes: 0 });
    expect(await readdir(join(bench.directory, '1', 'aside'))).toHaveLength(1);
  });

  test('another process takes what was left in a directory that nobody has', async () => {
    const bench = await captureBench();
    await away(bench);
    const first = await bench.open({ mode: 'sync' });
    const second = await bench.open({ mode: 'sync' });
    const ids = [...recordSome(second, 20)];
    expect((await readdir(bench.directory)).toSorted()).toEqual(['1', '2']);
    await second.flush();
    await second.close();
    await first.close();
    await back(bench);
    const third = await bench.open();
    await third.flush();
    expect(storedIds(bench)).toEqual(ids);
  });

  test('two processes at once have a journal each', async () => {
    const bench = await captureBench();
    const [first, second] = [await bench.open(), await bench.open()];
    const ids = [...recordSome(first, 50), ...recordSome(second, 50)];
    await first.flush();
    await second.flush();
    expect(storedIds(bench).toSorted()).toEqual(ids.toSorted());
  });
});

describe('threads that die', () => {
  test.each(['journal', 'drain'] as const)(
    'the %s thread is started again and nothing is lost',
    async (which) => {
      const bench = await captureBench();
      const { result: capture, workers } = await startedWorkers(() => bench.open({ mode: 'sync' }));
      let victim: Worker = workers[which === 'journal' ? 0 : 1]!;
      const note = (worker: Worker): unknown => (victim = worker);
      process.on('worker', note);
      onTestFinished(() => void process.off('worker', note));
      const ids: string[] = [];
      const kept: (Promise<void> | undefined)[] = [];
      for (let round = 0; round < 5; round++) {
        for (let count = 0; count < 100; count++) {
          const call = sampleCall();
          ids.push(call.summary.id);
          kept.push(capture.record(call));
          if (count % 10 === 0) await pause(1);
        }
        const before = victim;
        if (round % 2 === 0) crash([victim]);
        else await victim.terminate();
        await expect.poll(() => victim !== before, settled).toBe(true);
      }
      await Promise.all(kept.map((one) => one!));
      await capture.flush();
      await expect.poll(() => storedIds(bench).toSorted(), settled).toEqual(ids.toSorted());
      expect(capture.counters()).toMatchObject({ taken: 500, dropped: 0 });
    },
  );
});

describe('a disk that fails', () => {
  test('sync says so to each call, async counts; both go on when it works again', async () => {
    for (const mode of ['sync', 'async'] as const) {
      const bench = await captureBench();
      const capture = await bench.open({ mode });
      const own = join(bench.directory, '1');
      await rename(own, `${own}-away`);
      const failed = capture.record(sampleCall());
      if (mode === 'sync')
        await expect(failed).rejects.toMatchObject({ code: 'capture/write-failed', where: own });
      await expect.poll(() => capture.counters().dropped, settled).toBe(1);
      expect(capture.counters()).toMatchObject({
        durable: 0,
        problem: expect.stringContaining('cannot write') as string,
      });
      await rename(`${own}-away`, own);
      await capture.record(sampleCall());
      await capture.flush();
      expect(capture.counters()).toMatchObject({
        taken: 2,
        durable: 1,
        stored: 1,
        dropped: 1,
        problem: null,
      });
    }
  });

  const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;
  test.skipIf(!canMount)('a full disk drops what does not fit and keeps the rest readable', async () => {
    const bench = await captureBench();
    await mkdir(bench.directory);
    const script = new URL('../../../test/support/fill-disk.ts', import.meta.url).pathname;
    const printed = execFileSync(
      'unshare',
      [
        '-rm',
        'sh',
        '-c',
        `mount -t tmpfs -o size=400k tmpfs "$1" && exec node "$2" "$1" "$3"`,
        'sh',
        bench.directory,
        script,
        JSON.stringify(bench.store),
      ],
      { encoding: 'utf8' },
    );
    const found = JSON.parse(printed) as {
      code: string;
      kept: number;
      dropped: number;
      after: { stored: number; problem: null };
    };
    expect(found.code).toBe('capture/write-failed');
    expect(found.kept).toBeGreaterThan(50);
    expect(found.dropped).toBeGreaterThan(50);
    expect(found.after).toMatchObject({ stored: found.kept + 1, problem: null, setAside: 0 });
  });
});
