import { expect, test } from 'vitest';
import type { Inference } from '../../schema/inference.ts';
import type { OpenStores } from './open-stores.ts';
import { accepted, at, inference, inferences } from './sample-records.ts';

/** Writing inferences and finding them again. */
export function inferenceConformance(stores: OpenStores): void {
  test('gives back every field, also through another connection', async () => {
    const full: Inference = {
      id: 'inf_full',
      at: '2026-11-24T12:00:00.123Z',
      endpoint: 'responses',
      task: 'topic',
      model: 'task:topic',
      target: 'topic@3',
      answeredAs: 'canary',
      shadowOf: 'inf_other',
      user: 'ann',
      group: 'acme',
      tags: { plan: 'pro', 'ünï "x"': "o'k\\" },
      key: 'key_1',
      requestId: 'req_1',
      responseId: 'resp_1',
      status: 502,
      error: { code: 'upstream/stream-cut', message: 'cut after 3 parts' },
      stream: true,
      attempts: [
        { target: 'main/gpt', status: null, failure: 'upstream/connect', durationMs: 12.5 },
        { target: 'topic@3', status: 200, failure: null, durationMs: 0.125 },
      ],
      durationMs: 1234.567,
      firstContentMs: 0.1,
      tokens: { input: 1, cachedInput: 2, audioInput: 3, output: 4, reasoning: 5, audioOutput: 6 },
      costUsd: 0.1 + 0.2,
      request: '{"a": "naïve 🙂 \\u0000 \\ud800", "n": 1.0}',
      response: '{"b":[]}',
    };
    expect(await stores.store.inferences.append([full])).toBe(1);
    const other = await stores.open();
    expect(await other.inferences.find('inf_full')).toEqual({ inference: full, feedback: [] });
    expect(await other.inferences.find('resp_1')).toEqual({ inference: full, feedback: [] });
  });

  test('tells the tasks of those that are stored, by either id', async () => {
    const [known, taskless] = [inference(1, { task: 'topic' }), inference(2, { task: null })];
    await stores.store.inferences.append([known, taskless]);
    const asked = [known.id, known.responseId!, taskless.id, 'inf_unknown', known.id];
    expect(await stores.store.inferences.tasksOf(asked)).toEqual(
      new Map([
        [known.id, 'topic'],
        [known.responseId!, 'topic'],
        [taskless.id, null],
      ]),
    );
    expect(await stores.store.inferences.tasksOf([])).toEqual(new Map());
  });

  test('gives back nulls as nulls and zeros as zeros', async () => {
    const tokens = {
      input: 0,
      cachedInput: 0,
      audioInput: 0,
      output: 0,
      reasoning: 0,
      audioOutput: 0,
    };
    const zeros = inference(1, {
      tokens,
      costUsd: 0,
      durationMs: 0,
      firstContentMs: 0,
      request: '',
      response: '',
    });
    const nulls = inference(2, {
      task: null,
      target: null,
      answeredAs: null,
      responseId: null,
      costUsd: null,
      tokens: {
        input: null,
        cachedInput: null,
        audioInput: null,
        output: null,
        reasoning: null,
        audioOutput: null,
      },
      response: null,
    });
    await stores.store.inferences.append([zeros, nulls]);
    expect((await stores.store.inferences.find(zeros.id))?.inference).toEqual(zeros);
    expect((await stores.store.inferences.find(nulls.id))?.inference).toEqual(nulls);
  });

  test('takes contents of several megabytes, and text that no encoding can hold as it is', async () => {
    const long = 'é🙂x'.repeat(700_000);
    const odd = inference(1, { request: long, response: `${long}.` });
    const unholdable = inference(2, {
      user: 'a\u0000b',
      group: 'lone \ud800 surrogate',
      tags: { 'n\u0000': 'v\u0000' },
      error: { code: 'upstream/not-json', message: '\u0000<html>' },
      response: 'garbage \u0000\udfff',
    });
    expect(await stores.store.inferences.append([odd, unholdable])).toBe(2);
    expect((await stores.store.inferences.find(odd.id))?.inference).toEqual(odd);
    const found = await stores.store.inferences.find(unholdable.id);
    expect(found?.inference.response).toMatch(/^garbage /);
    expect(found?.inference.error?.message).toMatch(/<html>$/);
    expect(found?.inference.group).toBe('lone \ufffd surrogate');
  });

  test('takes names that are too long for an index, and finds them again', async () => {
    const { store } = stores;
    const long = `${'ü🙂'.repeat(5000)}1`;
    const other = `${'ü🙂'.repeat(5000)}2`;
    const names = (name: string): Partial<Inference> => ({
      user: name,
      group: name,
      task: name,
      target: name,
      responseId: name,
      tags: { [name]: name },
      error: { code: name, message: name },
      attempts: [{ target: `${name}3`, status: 500, failure: name, durationMs: 1 }],
    });
    await store.inferences.append([inference(1, names(long)), inference(2, names(other))]);
    for (const filter of [
      { user: long },
      { group: long },
      { task: long },
      { target: long },
      { tags: { [long]: long } },
      { user: long, tags: { [long]: long } },
    ]) {
      const { rows } = await store.inferences.page(filter);
      expect(rows.map(({ id }) => id)).toEqual([inference(1).id]);
    }
    expect((await store.inferences.find(long))?.inference.tags).toEqual({ [long]: long });
    await store.feedback.append([accepted(long, long, { by: long })]);
    expect(await store.feedback.of(long)).toHaveLength(1);
    expect(await store.feedback.deleteBy(long)).toBe(1);
    expect(await store.inferences.deleteSome({ user: long }, 10)).toBe(1);
    expect(await store.inferences.count({ tags: { [long]: long } })).toBe(0);
  });

  test('counts a batch that is handed in twice once', async () => {
    const batch = inferences(1, 30, () => ({ tags: { a: '1' } }));
    expect(await stores.store.inferences.append(batch)).toBe(30);
    expect(await stores.store.inferences.append(batch)).toBe(0);
    expect(await stores.store.inferences.append([...inferences(25, 35), inference(35)])).toBe(5);
    expect(await stores.store.inferences.append([])).toBe(0);
    expect(await stores.store.inferences.count({})).toBe(35);
    expect(await stores.store.inferences.count({ tags: { a: '1' } })).toBe(30);
  });

  test('keeps the first of two that have one id', async () => {
    await stores.store.inferences.append([inference(1, { user: 'first' })]);
    await stores.store.inferences.append([inference(1, { user: 'second' })]);
    expect((await stores.store.inferences.find(inference(1).id))?.inference.user).toBe('first');
  });

  test('counts each inference once when two connections add the same batch at once', async () => {
    const other = await stores.open();
    const batch = inferences(1, 200, (number) => ({ tags: { parity: String(number % 2) } }));
    const added = await Promise.all([
      stores.store.inferences.append(batch),
      other.inferences.append(batch.toReversed()),
      stores.store.inferences.append(batch.slice(50, 150)),
    ]);
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(await stores.store.inferences.count({})).toBe(200);
    expect(await stores.store.inferences.count({ tags: { parity: '1' } })).toBe(100);
  });

  test('adds a batch of many thousands', async () => {
    expect(await stores.store.inferences.append(inferences(1, 5000))).toBe(5000);
    expect(await stores.store.inferences.count({ since: at(4001) })).toBe(1000);
  });

  test('adds nothing of a batch with a time that is none', async () => {
    const batch = [inference(1), inference(2, { at: 'yesterday' })];
    await expect(stores.store.inferences.append(batch)).rejects.toMatchObject({ code: 'store/bad-time' });
    expect(await stores.store.inferences.count({})).toBe(0);
  });

  test('adds nothing of a batch with a record that lacks something', async () => {
    const broken = inference(2, { durationMs: Number.NaN, model: null as unknown as string });
    await expect(stores.store.inferences.append([inference(1), broken])).rejects.toMatchObject({
      code: 'store/bad-record',
    });
    expect(await stores.store.inferences.count({})).toBe(0);
    expect(await stores.store.inferences.append([inference(1)])).toBe(1);
  });

  test('finds the newest of several answers with one id', async () => {
    await stores.store.inferences.append(inferences(1, 3, () => ({ responseId: 'chatcmpl-same' })));
    expect((await stores.store.inferences.find('chatcmpl-same'))?.inference.id).toBe(inference(3).id);
  });

  test('finds nothing for an unknown id', async () => {
    expect(await stores.store.inferences.find('inf_unknown')).toBeNull();
  });
}
