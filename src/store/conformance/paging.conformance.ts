import { expect, test } from 'vitest';
import type { FeedbackKind } from '../../schema/feedback.ts';
import type { Inference } from '../../schema/inference.ts';
import type { InferenceFilter, PageOptions, Store } from '../store.ts';
import type { OpenStores } from './open-stores.ts';
import {
  accepted,
  at,
  corrected,
  inference,
  inferences,
  rejected,
  score,
  summary,
} from './sample-records.ts';

/** Pages, filters and counts. */
export function pagingConformance(stores: OpenStores): void {
  test('walks through all pages, newest and oldest first', async () => {
    await stores.store.inferences.append(inferences(1, 25));
    const newest = await walk(stores.store, {}, { limit: 10 });
    expect(newest.sizes).toEqual([10, 10, 5]);
    expect(newest.ids).toEqual(ids(1, 25).toReversed());
    const oldest = await walk(stores.store, {}, { limit: 5, order: 'oldest' });
    expect(oldest.sizes).toEqual([5, 5, 5, 5, 5]);
    expect(oldest.ids).toEqual(ids(1, 25));
  });

  test('shows 100 rows without their contents when not told otherwise', async () => {
    await stores.store.inferences.append(inferences(1, 101));
    const { rows, next } = await stores.store.inferences.page({});
    expect(rows).toHaveLength(100);
    expect(rows[0]).toEqual(summary(inference(101)));
    expect(next).not.toBeNull();
    expect(await stores.store.inferences.page({}, { after: next! })).toEqual({
      rows: [summary(inference(1))],
      next: null,
    });
  });

  test('keeps its place while rows come and go', async () => {
    const { store } = stores;
    await store.inferences.append(inferences(11, 20));
    const first = await store.inferences.page({}, { limit: 4 });
    await store.inferences.append(inferences(21, 40));
    await store.inferences.deleteSome({ since: at(17), until: at(18) }, 10);
    await store.inferences.append([inference(5)]);
    const rest = await walk(store, {}, { limit: 4, after: first.next! });
    expect(first.rows.map(({ id }) => id)).toEqual(ids(17, 20).toReversed());
    expect(rest.ids).toEqual([...ids(11, 16).toReversed(), ...ids(5, 5)]);
  });

  test('shows each row once when many have one time', async () => {
    await stores.store.inferences.append(inferences(1, 50, () => ({ at: at(0) })));
    for (const order of ['newest', 'oldest'] as const) {
      const { ids: seen } = await walk(stores.store, { task: 'topic' }, { limit: 7, order });
      expect(seen.toSorted()).toEqual(ids(1, 50));
    }
  });

  test('orders by time, not by when it was stored', async () => {
    for (const number of [3, 1, 2]) await stores.store.inferences.append([inference(number)]);
    expect((await walk(stores.store, {}, {})).ids).toEqual(ids(1, 3).toReversed());
  });

  test('selects what a plain search through all of them selects', async () => {
    const { store } = stores;
    const all = inferences(1, 120, variety);
    const kinds = new Map<string, FeedbackKind[]>();
    await store.inferences.append(all);
    const feedback = all.flatMap(({ id }, index) => {
      const said = [
        ...(index % 3 === 0 ? [accepted(`a${index}`, id)] : []),
        ...(index % 7 === 0 ? [rejected(`r${index}`, id)] : []),
        ...(index % 20 === 0 ? [corrected(`c${index}`, id)] : []),
        ...(index % 11 === 0 ? [score(`s${index}`, id)] : []),
      ];
      kinds.set(
        id,
        said.map(({ kind }) => kind),
      );
      return said;
    });
    await store.feedback.append(feedback);
    for (const filter of filterMixes()) {
      const expected = all.filter((one) => matches(one, kinds.get(one.id)!, filter)).map(({ id }) => id);
      const found = await walk(store, filter, { limit: 9, order: 'oldest' });
      expect({ filter, ids: found.ids }).toEqual({ filter, ids: expected });
      expect({ filter, count: await store.inferences.count(filter) }).toEqual({
        filter,
        count: expected.length,
      });
      const full = await store.inferences.pageWithFeedback(filter, { limit: 200 });
      expect(full.rows.map((row) => row.inference.id)).toEqual(expected.toReversed());
    }
  });

  test('gives contents and feedback, oldest first, with each inference', async () => {
    const { store } = stores;
    await store.inferences.append(inferences(1, 3));
    await store.feedback.append([
      rejected('f2', inference(2).id, { at: at(20) }),
      accepted('f1', inference(2).responseId!, { at: at(10) }),
      corrected('f3', inference(3).id, { output: { label: 'x' } }),
    ]);
    const { rows } = await store.inferences.pageWithFeedback({}, { order: 'oldest' });
    expect(rows.map((row) => row.inference)).toEqual(inferences(1, 3));
    expect(rows.map((row) => row.feedback.map(({ id }) => id))).toEqual([[], ['f1', 'f2'], ['f3']]);
  });

  test('ends a page with contents early when they are very long', async () => {
    const long = 'x'.repeat(12 * 1024 ** 2);
    await stores.store.inferences.append(inferences(1, 5, () => ({ request: long })));
    const first = await stores.store.inferences.pageWithFeedback({}, { order: 'oldest' });
    expect(first.rows.map((row) => row.inference.id)).toEqual(ids(1, 2));
    const second = await stores.store.inferences.pageWithFeedback(
      {},
      { order: 'oldest', after: first.next! },
    );
    expect(second.rows.map((row) => row.inference.id)).toEqual(ids(3, 4));
    const third = await stores.store.inferences.pageWithFeedback(
      {},
      { order: 'oldest', after: second.next! },
    );
    expect(third.rows.map((row) => row.inference.id)).toEqual(ids(5, 5));
    expect(third.next).toBeNull();
  });

  test('says what is wrong with a place, a time or a limit', async () => {
    const { inferences: list } = stores.store;
    for (const after of ['', 'x', '1.2.3', "1' OR 1=1", '99999999999999999999.1']) {
      await expect(list.page({}, { after })).rejects.toMatchObject({ code: 'store/bad-cursor' });
    }
    await expect(list.page({ since: 'monday' })).rejects.toMatchObject({ code: 'store/bad-time' });
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expect(list.page({}, { limit })).rejects.toMatchObject({ code: 'store/bad-limit' });
    }
  });
}

async function walk(
  store: Store,
  filter: InferenceFilter,
  options: PageOptions,
): Promise<{ ids: string[]; sizes: number[] }> {
  const sizes: number[] = [];
  const seen: string[] = [];
  let { after } = options;
  for (let pages = 0; pages < 1000; pages++) {
    const page = await store.inferences.page(filter, {
      ...options,
      ...(after === undefined ? {} : { after }),
    });
    sizes.push(page.rows.length);
    seen.push(...page.rows.map(({ id }) => id));
    if (page.next === null) return { ids: seen, sizes };
    after = page.next;
  }
  throw new Error('the pages do not end');
}

function ids(first: number, last: number): string[] {
  return inferences(first, last).map(({ id }) => id);
}

function variety(number: number): Partial<Inference> {
  return {
    task: number % 4 === 0 ? null : number % 4 === 1 ? 'spam' : 'topic',
    endpoint: number % 5 === 0 ? 'embeddings' : 'chat-completions',
    target: number % 6 === 0 ? null : number % 6 === 1 ? 'topic@2' : 'main/gpt',
    answeredAs: number % 6 === 0 ? null : number % 6 === 1 ? 'canary' : 'upstream',
    user: number % 3 === 0 ? 'ann' : number % 3 === 1 ? "o'brien 🙂" : null,
    group: number % 8 === 0 ? 'acme' : null,
    tags: {
      ...(number % 2 === 0 ? { plan: 'pro' } : {}),
      ...(number % 9 === 0 ? { region: 'eu', 'a b': '' } : {}),
    },
    error: number % 10 === 0 ? { code: 'upstream/failed', message: 'no' } : null,
  };
}

function filterMixes(): InferenceFilter[] {
  const parts: InferenceFilter[] = [
    { task: 'topic' },
    { endpoint: 'embeddings' },
    { target: 'main/gpt' },
    { answeredAs: 'canary' },
    { user: 'ann' },
    { user: "o'brien 🙂" },
    { group: 'acme' },
    { tags: { plan: 'pro' } },
    { tags: { plan: 'pro', region: 'eu', 'a b': '' } },
    { tags: { plan: 'free' } },
    { tags: {} },
    { since: at(31), until: at(90) },
    { until: '2026-11-24T13:00:50+01:00' },
    { failed: true },
    { failed: false },
    { feedback: ['accepted'] },
    { feedback: ['rejected', 'corrected'] },
    { feedback: ['edited'] },
    { feedback: [] },
  ];
  const pairs = parts.flatMap((first, index) =>
    parts.slice(index + 1).map((second) => ({ ...first, ...second })),
  );
  return [{}, ...parts, ...pairs];
}

function matches(one: Inference, kinds: readonly FeedbackKind[], filter: InferenceFilter): boolean {
  const time = Date.parse(one.at);
  const { since, until, tags = {}, feedback, failed } = filter;
  return (
    (['task', 'endpoint', 'target', 'answeredAs', 'user', 'group'] as const).every(
      (name) => filter[name] === undefined || filter[name] === one[name],
    ) &&
    Object.entries(tags).every(([name, value]) => one.tags[name] === value) &&
    (since === undefined || time >= Date.parse(since)) &&
    (until === undefined || time < Date.parse(until)) &&
    (failed === undefined || failed === (one.error !== null)) &&
    (feedback === undefined || feedback.some((kind) => kinds.includes(kind)))
  );
}
