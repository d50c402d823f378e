import { afterEach, expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { crash, startedWorkers } from '../../../../test/support/started-workers.ts';
import { matmul, tanh } from '../../graph/functions.ts';
import { GraphBuilder } from '../../graph/graph-builder.ts';
import { type Graph, graphOf } from '../../graph/graph.ts';
import type { Feeds } from '../../training/trainer.ts';
import type { Executable } from '../runtime.ts';
import { openOrtModel, ortRuntime } from './ort-runtime.ts';

const SIDE = 512;

/** Work that takes about `products` × 10 ms. */
function slow(products: number): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', { type: 'float32', shape: ['rows', SIDE] });
  const square = builder.input('square', { type: 'float32', shape: [SIDE, SIDE] });
  let y = x;
  for (let count = 0; count < products; count++) y = tanh(matmul(y, square));
  return graphOf({ y });
}

function squares(value: number): Feeds {
  const square = { shape: [SIDE, SIDE], data: new Float32Array(SIDE * SIDE).fill(value) };
  return { x: square, square };
}

let executable: Executable | undefined;
afterEach(() => executable?.close());

test('a worker that ends fails what it was asked and is asked', async () => {
  const { result, workers } = await startedWorkers(() => ortRuntime.open(slow(50)));
  executable = result;
  crash(workers);
  const run = result.run(squares(0.001));
  await expect(run).rejects.toThrowErrorMatchingInlineSnapshot(
    `[HomegrownError: the worker that computes a network failed: TypeError: Cannot use 'in' operator to search for 'cancelled' in null]`,
  );
  await expect(result.run(squares(0.001))).rejects.toMatchObject({ code: 'engine/worker-failed' });
});

test('a process that ends while a network is computed ends as it should', () => {
  const program = fileURLToPath(new URL('../../../../test/support/exit-while-computing.ts', import.meta.url));
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  expect({ status, signal, stdout, stderr }).toEqual({ status: 3, signal: null, stdout: '', stderr: '' });
});

test('runs that wait are not begun after an abort; the caller has its answer at once', async () => {
  executable = await ortRuntime.open(slow(20));
  const begun = performance.now();
  await executable.run(squares(0.001));
  const oneRun = performance.now() - begun;
  const reason = new Error('no longer wanted');
  const controller = new AbortController();
  const first = executable.run(squares(0.001));
  const waiting = Array.from({ length: 20 }, () =>
    executable!.run(squares(0.001), { signal: controller.signal }).catch((error: unknown) => error),
  );
  const last = executable.run(squares(0.001));
  const aborted = performance.now();
  controller.abort(reason);
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 20 }, () => reason));
  expect(performance.now() - aborted).toBeLessThan(oneRun);
  await Promise.all([first, last]);
  expect(performance.now() - aborted).toBeLessThan(10 * oneRun);
});

test('the event loop stays free while a network is computed', async () => {
  executable = await ortRuntime.open(slow(100));
  let computing = true;
  const run = executable.run(squares(0.001)).finally(() => {
    computing = false;
  });
  let turns = 0;
  while (computing) {
    await new Promise(setImmediate);
    turns++;
  }
  await run;
  expect(turns).toBeGreaterThan(100);
});

test('a model that ONNX Runtime does not take is an error', async () => {
  const model = {
    model: Uint8Array.of(1, 2, 3),
    rules: { inputs: [], bounds: [] },
    outputs: ['y'],
    threads: 1,
  };
  await expect(openOrtModel(model)).rejects.toMatchObject({ code: 'engine/runtime-failed' });
  await expect(openOrtModel({ ...model, model: 'no-such-file.onnx' })).rejects.toMatchObject({
    code: 'engine/runtime-failed',
  });
});
