import { expect, test } from 'vitest';
import type { Feedback } from '../../schema/feedback.ts';
import type { OpenStores } from './open-stores.ts';
import { accepted, at, corrected, edited, inference, inferences, rejected, score } from './sample-records.ts';

/** What happened to inferences later. */
export function feedbackConformance(stores: OpenStores): void {
  test('gives back every kind with all its fields, oldest first', async () => {
    const { store } = stores;
    const { id } = inference(1);
    const said: Feedback[] = [
      accepted('f1', id, { at: '2026-11-24T13:00:00+02:00', by: 'ann', comment: 'ünï 🙂' }),
      rejected('f2', id, { at: at(2) }),
      edited('f3', id, { at: at(3), output: { label: 'x', scores: [0.1, null, 'é\u0000'] } }),
      corrected('f4', id, { at: at(4), output: null }),
      score('f5', id, { at: at(5), score: -0.1 }),
      corrected('f6', id, { at: at(6), output: 'text' }),
    ];
    await store.inferences.append([inference(1)]);
    expect(await store.feedback.append(said.toReversed())).toBe(6);
    expect(await (await stores.open()).feedback.of(id)).toEqual(said);
  });

  test('counts the same feedback once', async () => {
    const { feedback } = stores.store;
    expect(await feedback.append([accepted('f1', 'inf_x'), accepted('f1', 'inf_x')])).toBe(1);
    expect(await feedback.append([rejected('f1', 'inf_x'), rejected('f2', 'inf_x')])).toBe(1);
    expect((await feedback.of('inf_x')).map(({ id, kind }) => [id, kind])).toEqual([
      ['f1', 'accepted'],
      ['f2', 'rejected'],
    ]);
  });

  test('keeps feedback that comes before its inference, under either id', async () => {
    const { store } = stores;
    const { id, responseId } = inference(1);
    await store.feedback.append([accepted('f1', id), rejected('f2', responseId!), accepted('f3', 'inf_2')]);
    expect((await store.feedback.of(id)).map((one) => one.id)).toEqual(['f1']);
    expect((await store.inferences.page({ feedback: ['accepted'] })).rows).toEqual([]);
    await store.inferences.append([inference(1)]);
    for (const name of [id, responseId!]) {
      expect((await store.feedback.of(name)).map((one) => one.id)).toEqual(['f1', 'f2']);
      expect((await store.inferences.find(name))?.feedback.map((one) => one.id)).toEqual(['f1', 'f2']);
    }
    expect((await store.inferences.page({ feedback: ['rejected'] })).rows).toHaveLength(1);
    expect(await store.feedback.of('inf_2')).toHaveLength(1);
  });

  test('finds feedback of both ids when it comes after', async () => {
    const { store } = stores;
    const { id, responseId } = inference(1);
    await store.inferences.append([inference(1)]);
    await store.feedback.append([accepted('f1', id), score('f2', responseId!)]);
    expect((await store.feedback.of(responseId!)).map((one) => one.id)).toEqual(['f1', 'f2']);
    expect(await store.feedback.of('inf_unknown')).toEqual([]);
  });

  test('loses no link when inferences and feedback are written at once', async () => {
    const { store } = stores;
    const other = await stores.open();
    const pairs = Array.from({ length: 40 }, (_, index) => index + 1);
    await Promise.all(
      pairs.flatMap((number) => [
        store.inferences.append([inference(number)]),
        other.feedback.append([
          accepted(`f${number}`, number % 2 === 0 ? inference(number).id : inference(number).responseId!),
        ]),
      ]),
    );
    expect(await store.inferences.count({ feedback: ['accepted'] })).toBe(40);
  });

  test('lists all feedback in the order it was stored', async () => {
    const { feedback } = stores.store;
    const said = Array.from({ length: 25 }, (_, index) => accepted(`f${index}`, 'inf_x', { at: at(-index) }));
    await feedback.append(said);
    const first = await feedback.page({ limit: 10 });
    await feedback.append([accepted('late', 'inf_x')]);
    const second = await feedback.page({ limit: 10, after: first.next! });
    const third = await feedback.page({ limit: 10, after: second.next! });
    expect([...first.rows, ...second.rows, ...third.rows].map(({ id }) => id)).toEqual([
      ...said.map(({ id }) => id),
      'late',
    ]);
    expect(third.next).toBeNull();
    expect((await feedback.page()).rows).toHaveLength(26);
  });

  test('deletes what one person said, and what follows from it', async () => {
    const { store } = stores;
    await store.inferences.append(inferences(1, 2));
    await store.feedback.append([
      accepted('f1', inference(1).id, { by: 'ann' }),
      rejected('f2', inference(1).id, { by: 'bob' }),
      accepted('f3', inference(2).id, { by: 'ann' }),
      accepted('f4', 'inf_unknown', { by: 'ann' }),
      accepted('f5', 'inf_unknown'),
    ]);
    expect(await store.feedback.deleteBy('ann')).toBe(3);
    expect(await store.feedback.deleteBy('ann')).toBe(0);
    expect((await store.feedback.page()).rows.map(({ id }) => id)).toEqual(['f2', 'f5']);
    expect(await store.inferences.count({ feedback: ['accepted'] })).toBe(0);
    expect(await store.inferences.count({ feedback: ['rejected'] })).toBe(1);
  });
}
