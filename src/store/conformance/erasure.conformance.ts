import { expect, test } from 'vitest';
import type { ErasureRecord } from '../../schema/erasure.ts';
import type { OpenStores } from './open-stores.ts';
import { accepted, at, inference, inferences } from './sample-records.ts';

/** Deleting inferences. */
export function erasureConformance(stores: OpenStores): void {
  test('deletes in steps, oldest first, with feedback and tags, until nothing is left', async () => {
    const { store } = stores;
    await store.inferences.append(
      inferences(1, 250, (number) => ({
        user: number % 2 === 0 ? 'ann' : 'bob',
        tags: { plan: 'pro', [`t${number}`]: 'x' },
      })),
    );
    await store.feedback.append(
      inferences(1, 250).map(({ id }, index) => accepted(`f${index}`, id, { by: 'carl' })),
    );
    expect(await store.inferences.deleteSome({ user: 'ann' }, 100)).toBe(100);
    expect(await store.inferences.find(inference(200).id)).toBeNull();
    expect(await store.inferences.find(inference(202).id)).not.toBeNull();
    expect(await store.inferences.deleteSome({ user: 'ann' }, 100)).toBe(25);
    expect(await store.inferences.deleteSome({ user: 'ann' }, 100)).toBe(0);
    expect(await store.inferences.count({})).toBe(125);
    expect(await store.inferences.count({ tags: { plan: 'pro' } })).toBe(125);
    expect(await store.inferences.count({ tags: { t2: 'x' } })).toBe(0);
    expect(await store.feedback.of(inference(2).id)).toEqual([]);
    const left = await store.feedback.page({ limit: 1000 });
    expect(left.rows).toHaveLength(125);
  });

  test('deletes what is older than a time', async () => {
    const { store } = stores;
    await store.inferences.append(inferences(1, 20));
    expect(await store.inferences.deleteSome({ task: 'topic', until: at(11) }, 1000)).toBe(10);
    expect((await store.inferences.page({}, { order: 'oldest', limit: 1 })).rows[0]?.id).toBe(
      inference(11).id,
    );
  });

  test('takes an inference again after it was deleted', async () => {
    const { store } = stores;
    await store.inferences.append([inference(1)]);
    await store.inferences.deleteSome({}, 10);
    expect(await store.inferences.append([inference(1)])).toBe(1);
  });

  test('still has everything else after a scrub', async () => {
    const { store } = stores;
    await store.inferences.append(inferences(1, 20, () => ({ user: 'ann', tags: { a: 'b' } })));
    await store.feedback.append([accepted('f1', inference(2).id)]);
    await store.inferences.deleteSome({ until: at(2) }, 10);
    await store.scrub();
    expect(await store.inferences.count({})).toBe(19);
    expect(await store.inferences.find(inference(2).id)).toMatchObject({
      inference: inference(2, { user: 'ann', tags: { a: 'b' } }),
      feedback: [{ id: 'f1' }],
    });
    expect(await store.inferences.append([inference(21)])).toBe(1);
  });

  test('keeps records of erasures, once each, in the order in which they came', async () => {
    const { erasures } = stores.store;
    expect(await erasures.list()).toEqual([]);
    await erasures.add(erasureRecord('era_2'));
    await erasures.add(erasureRecord('era_1', { captures: 7 }));
    await erasures.add(erasureRecord('era_2', { captures: 9 }));
    const other = await stores.open();
    expect(await other.erasures.list()).toEqual([
      erasureRecord('era_2'),
      erasureRecord('era_1', { captures: 7 }),
    ]);
  });
}

function erasureRecord(id: string, facts: Partial<ErasureRecord> = {}): ErasureRecord {
  return {
    format: 1,
    id,
    dryRun: false,
    startedAt: at(1),
    finishedAt: at(2),
    by: "Ann's laptop",
    subject: { kind: 'user', hash: 'ab', key: 'cd' },
    captures: 1,
    feedback: 2,
    datasets: [{ hash: 'x', examples: 3, rewrittenAs: null }],
    cachedCalls: 0,
    reports: [],
    models: [{ task: 'topic', version: 1, examples: 2, replacedBy: null }],
    trainedOn: [],
    runFiles: 0,
    temporaryFiles: 0,
    yours: ['data/ü.csv'],
    ...facts,
  };
}
