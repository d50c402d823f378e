import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { add, crossEntropy, gather, gemm, greaterOrEqual, relu, softmax, sum } from '../graph/functions.ts';
import { GraphBuilder } from '../graph/graph-builder.ts';
import { type Graph, graphOf } from '../graph/graph.ts';
import type { Feeds, Tensor } from '../training/trainer.ts';
import type { Executable, Runtime } from './runtime.ts';

const LINEAR_WEIGHTS = new Map<string, Tensor>([
  ['weight', floats([2, 3], 1, 2, 3, 4, 5, 6)],
  ['bias', floats([3], 0.5, 0, -0.5)],
]);

function floats(shape: readonly number[], ...data: number[]): Tensor {
  return { shape, data: Float32Array.from(data) };
}

function ints(shape: readonly number[], ...data: number[]): Tensor {
  return { shape, data: Int32Array.from(data) };
}

/** y = x·W + b and its row sums, for any number of rows; x comes out as it is, y under two names. */
function linear(): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', { type: 'float32', shape: ['rows', 2] });
  const y = gemm(x, builder.parameter('weight', [2, 3]), builder.parameter('bias', [3]));
  return graphOf({ y, total: sum(y, [1]), x, again: y, big: greaterOrEqual(y, sum(x, [1])) });
}

/** Rows of a table by ids [texts, tokens], added to an input of the same named lengths. */
function lookup(): Graph {
  const builder = new GraphBuilder();
  const ids = builder.input('ids', { type: 'int32', shape: ['texts', 'tokens'] });
  const shift = builder.input('shift', { type: 'float32', shape: ['tokens', 2] });
  return graphOf({ y: add(gather(builder.parameter('table', [4, 2]), ids), shift) });
}

function losses(): Graph {
  const builder = new GraphBuilder();
  const logits = builder.input('logits', { type: 'float32', shape: ['rows', 3] });
  const labels = builder.input('labels', { type: 'int32', shape: ['rows'] });
  return graphOf({ losses: crossEntropy(logits, labels), shares: softmax(logits), positive: relu(logits) });
}

/** What every runtime must do. */
export function describeRuntime(name: string, runtime: Runtime): void {
  describe(name, () => {
    let opened: Executable[];
    let net: Executable;
    let table: Executable;
    let loss: Executable;
    beforeAll(async () => {
      const rows = floats([4, 2], 0, 1, 10, 11, 20, 21, 30, 31);
      net = await runtime.open(linear(), { weights: LINEAR_WEIGHTS });
      table = await runtime.open(lookup(), { weights: new Map([['table', rows]]) });
      loss = await runtime.open(losses());
      opened = [net, table, loss];
    });
    afterAll(() => Promise.all(opened.map((executable) => executable.close())));

    const refused = async (executable: Executable, feeds: Feeds, code: string): Promise<string> => {
      const error = await executable.run(feeds).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'HomegrownError', code });
      return (error as Error).message;
    };

    test('computes several outputs, of which one is an input and one another output', async () => {
      const x = floats([2, 2], 1, 0, -1, 2);
      expect(await net.run({ x })).toEqual({
        y: floats([2, 3], 1.5, 2, 2.5, 7.5, 8, 8.5),
        total: floats([2, 1], 6, 24),
        x,
        again: floats([2, 3], 1.5, 2, 2.5, 7.5, 8, 8.5),
        big: ints([2, 3], 1, 1, 1, 1, 1, 1),
      });
    });

    test('takes any length of a named dimension, one run after another', async () => {
      for (const rows of [1, 3, 2]) {
        const { y } = await net.run({ x: { shape: [rows, 2], data: new Float32Array(2 * rows).fill(1) } });
        expect(y).toEqual(floats([rows, 3], ...Array.from({ length: rows }, () => [5.5, 7, 8.5]).flat()));
      }
    });

    test('computes no rows', async () => {
      const { y, total } = await net.run({ x: floats([0, 2]) });
      expect([y, total]).toEqual([floats([0, 3]), floats([0, 1])]);
      expect(await loss.run({ logits: floats([0, 3]), labels: ints([0]) })).toMatchObject({
        losses: floats([0]),
        shares: floats([0, 3]),
      });
      expect(await table.run({ ids: ints([0, 1]), shift: floats([1, 2], 1, 2) })).toEqual({
        y: floats([0, 1, 2]),
      });
    });

    test('computes many rows', async () => {
      const rows = 20_000;
      const x = { shape: [rows, 2], data: Float32Array.from({ length: 2 * rows }, (_, index) => index % 7) };
      const { y } = await net.run({ x });
      expect(y!.shape).toEqual([rows, 3]);
      const row = rows - 1;
      const [a, b] = x.data.subarray(2 * row) as unknown as [number, number];
      expect([...y!.data.subarray(3 * row)]).toEqual([a + 4 * b + 0.5, 2 * a + 5 * b, 3 * a + 6 * b - 0.5]);
    });

    test('looks up rows by ids; a part of a larger array is given as well', async () => {
      const ids = { shape: [2, 1], data: Int32Array.of(9, 9, 3, 1, 9).subarray(2, 4) };
      expect(await table.run({ ids, shift: floats([1, 2], 1, 2) })).toEqual({
        y: floats([2, 1, 2], 31, 33, 11, 13),
      });
    });

    test('takes parameters without fixed weights at each run', async () => {
      const executable = await runtime.open(linear(), {
        weights: new Map([['bias', LINEAR_WEIGHTS.get('bias')!]]),
      });
      opened.push(executable);
      const { y } = await executable.run({
        x: floats([1, 2], 1, 1),
        weight: floats([2, 3], 1, 1, 1, 1, 1, 1),
      });
      expect(y).toEqual(floats([1, 3], 2.5, 2, 1.5));
      expect(await refused(executable, { x: floats([1, 2], 1, 1) }, 'engine/wrong-shape')).toBe(
        '"weight" is not given; expected float32[2, 3]; found only "x"',
      );
    });

    test('refuses weights of another shape', async () => {
      const weights = new Map([...LINEAR_WEIGHTS, ['bias', floats([2], 1, 2)] as const]);
      await expect(runtime.open(linear(), { weights })).rejects.toThrow(
        '"bias" is not what the graph was built for; expected float32[3]; found float32[2] of 2 numbers',
      );
    });

    test('refuses wrong shapes, element types and names', async () => {
      const x = await refused(net, { x: floats([1, 3], 1, 2, 3) }, 'engine/wrong-shape');
      expect(x).toBe(
        '"x" is not what the graph was built for; expected float32[rows, 2]; found float32[1, 3] of 3 numbers',
      );
      const rank = await refused(net, { x: floats([2], 1, 2) }, 'engine/wrong-shape');
      expect(rank).toMatch('found float32[2] of 2 numbers');
      const count = await refused(net, { x: floats([2, 2], 1) }, 'engine/wrong-shape');
      expect(count).toMatch('found float32[2, 2] of 1 numbers');
      const type = await refused(net, { x: ints([1, 2], 1, 2) }, 'engine/wrong-shape');
      expect(type).toMatch('expected float32[rows, 2]; found int32[1, 2] of 2 numbers');
      const name = await refused(net, { X: floats([1, 2], 1, 2) }, 'engine/wrong-shape');
      expect(name).toBe('"x" is not given; expected float32[rows, 2]; found only "X"');
      const disagreeing = { ids: ints([1, 2], 1, 2), shift: floats([3, 2], 1, 2, 3, 4, 5, 6) };
      expect(await refused(table, disagreeing, 'engine/wrong-shape')).toBe(
        '"shift" is not what the graph was built for; expected float32[tokens, 2] with texts = 1, tokens = 2; found float32[3, 2] of 6 numbers',
      );
    });

    test('refuses ids and labels that nothing belongs to, negative ids included', async () => {
      const shift = floats([1, 2], 0, 0);
      for (const id of [4, -1, 2 ** 31 - 1, -(2 ** 31)]) {
        const message = await refused(table, { ids: ints([1, 1], id), shift }, 'engine/index-out-of-range');
        expect(message).toBe(
          `input "ids" has an index that gather("table" float32[4, 2], "ids" int32[texts, tokens]) cannot look up; expected from 0 to 3; found ${id} at position 0`,
        );
      }
      const labels = { logits: floats([1, 3], 1, 2, 3), labels: ints([1], 3) };
      expect(await refused(loss, labels, 'engine/index-out-of-range')).toMatch(
        'expected below 3; found 3 at position 0',
      );
    });

    test('works on after what it refused', async () => {
      await refused(net, { x: floats([1, 3], 1, 2, 3) }, 'engine/wrong-shape');
      expect((await net.run({ x: floats([1, 2], 0, 0) }))['y']).toEqual(floats([1, 3], 0.5, 0, -0.5));
    });

    test('passes on what is no number, in its row only', async () => {
      const logits = floats([3, 3], 1, NaN, 2, 1, 1, 1, -1, 2, Infinity);
      const { shares, positive, losses } = await loss.run({ logits, labels: ints([3], 0, -1, 1) });
      expect([...shares!.data.subarray(0, 3)].every(Number.isNaN)).toBe(true);
      expect([...shares!.data.subarray(3, 6)]).toEqual(Array(3).fill(Math.fround(1 / 3)));
      expect([...positive!.data]).toEqual([1, NaN, 2, 1, 1, 1, 0, 2, Infinity]);
      expect(losses!.data[0]).toBeNaN();
      expect(losses!.data[1]).toBe(0);
    });

    test('answers callers at the same time, each with its own numbers', async () => {
      const runs = Array.from({ length: 50 }, async (_, n) => {
        const data = Float32Array.of(n, 0);
        const run = net.run({ x: { shape: [1, 2], data } });
        data.fill(NaN);
        return (await run)['total']!.data[0];
      });
      expect(await Promise.all(runs)).toEqual(Array.from({ length: 50 }, (_, n) => 6 * n));
    });

    test('begins no run that is no longer wanted', async () => {
      const reason = new Error('no longer wanted');
      await expect(net.run({ x: floats([1, 2], 1, 1) }, { signal: AbortSignal.abort(reason) })).rejects.toBe(
        reason,
      );
      const { signal } = new AbortController();
      expect((await net.run({ x: floats([1, 2], 0, 0) }, { signal }))['y']).toEqual(
        floats([1, 3], 0.5, 0, -0.5),
      );
    });

    test('answers what was asked before it is closed, and nothing after', async () => {
      const executable = await runtime.open(linear(), { weights: LINEAR_WEIGHTS });
      const run = executable.run({ x: floats([1, 2], 0, 0) });
      await executable.close();
      expect((await run)['y']).toEqual(floats([1, 3], 0.5, 0, -0.5));
      await refused(executable, { x: floats([1, 2], 0, 0) }, 'engine/worker-failed');
      await executable.close();
    });
  });
}
