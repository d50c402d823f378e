import { expect, test } from 'vitest';
import type { OpenStores } from './open-stores.ts';
import { accepted, at, corrected, edited, inference, inferences, rejected, score } from './sample-records.ts';

/** What gates look at. */
export function tallyConformance(stores: OpenStores): void {
  test('counts calls, errors, verdicts, slow ones, costs and the 95th percentile', async () => {
    const { store } = stores;
    const durations = Array.from({ length: 40 }, (_, index) => (index + 1) * 10);
    await store.inferences.append(
      inferences(1, 42, (number) => ({
        durationMs: durations[(number * 7) % 40]!,
        costUsd: number % 2 === 0 ? 0.25 : null,
        ...(number > 40
          ? { error: { code: 'upstream/failed', message: 'no' }, durationMs: 99_999, costUsd: null }
          : {}),
      })),
    );
    await store.feedback.append([
      accepted('f1', inference(1).id),
      accepted('f2', inference(2).id, { at: at(10) }),
      edited('f3', inference(2).id, { at: at(20) }),
      rejected('f4', inference(3).id, { at: at(20) }),
      accepted('f5', inference(3).id, { at: at(10) }),
      corrected('f6', inference(4).id),
      score('f7', inference(4).id, { at: at(5000) }),
      score('f8', inference(5).id),
    ]);
    const [tally, ...none] = await store.inferences.tally({
      task: 'topic',
      since: at(0),
      slowerThanMs: 350,
    });
    expect(none).toEqual([]);
    expect(tally).toEqual({
      target: 'main/gpt',
      answeredAs: 'upstream',
      calls: 42,
      errors: 2,
      accepted: 1,
      edited: 1,
      rejected: 1,
      corrected: 1,
      slow: 5,
      p95Ms: 380,
      costUsd: 5,
      pricedCalls: 20,
    });
  });

  test('keeps targets and states apart, of one task and since a time', async () => {
    const { store } = stores;
    await store.inferences.append([
      inference(1, { target: 'topic@1', answeredAs: 'live' }),
      ...inferences(10, 19, () => ({ target: 'topic@1', answeredAs: 'live' })),
      ...inferences(20, 22, () => ({ target: 'topic@2', answeredAs: 'canary' })),
      ...inferences(23, 24, () => ({ target: 'topic@2', answeredAs: 'shadow', shadowOf: 'inf_000010' })),
      inference(30, { target: 'topic@2', answeredAs: 'canary', task: 'other' }),
      inference(31, { target: null, answeredAs: null, error: { code: 'upstream/failed', message: '' } }),
      inference(32, {
        target: 'topic@3',
        answeredAs: 'canary',
        error: { code: 'upstream/failed', message: '' },
        costUsd: null,
      }),
    ]);
    const tallies = await store.inferences.tally({ task: 'topic', since: at(10) });
    expect(
      tallies.map(({ target, answeredAs, calls, slow, p95Ms }) => [target, answeredAs, calls, slow, p95Ms]),
    ).toEqual([
      ['topic@1', 'live', 10, null, 301.25],
      ['topic@2', 'canary', 3, null, 301.25],
      ['topic@2', 'shadow', 2, null, 301.25],
      ['topic@3', 'canary', 1, null, null],
    ]);
    expect(tallies.at(-1)).toMatchObject({ costUsd: 0, pricedCalls: 0, errors: 1 });
  });

  test('is empty for a task without calls', async () => {
    expect(await stores.store.inferences.tally({ task: 'topic', since: at(0) })).toEqual([]);
  });
}
