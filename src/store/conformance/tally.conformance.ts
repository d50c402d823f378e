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
      costUsdSquares: 1.25,
      pricedCalls: 20,
      verdictGroups: { groups: 4, nn: 4, na: 1, aa: 1 },
    });
  });

  test('puts verdicts of one user, or else of one group, together', async () => {
    const { store } = stores;
    await store.inferences.append([
      ...inferences(1, 3, () => ({ user: 'ann', group: 'a' })),
      ...inferences(4, 5, () => ({ user: null, group: 'a' })),
      ...inferences(6, 8, () => ({ user: null, group: null })),
    ]);
    await store.feedback.append([
      accepted('f1', inference(1).id),
      accepted('f2', inference(2).id),
      rejected('f3', inference(3).id),
      accepted('f4', inference(4).id),
      accepted('f5', inference(5).id),
      accepted('f6', inference(6).id),
      rejected('f7', inference(7).id),
    ]);
    const [tally] = await store.inferences.tally({ task: 'topic', since: at(0) });
    // Ann 2 of 3, group a 2 of 2, and two alone: 1 of 1 and 0 of 1.
    expect(tally!.verdictGroups).toEqual({ groups: 4, nn: 9 + 4 + 1 + 1, na: 6 + 4 + 1, aa: 4 + 4 + 1 });
  });

  test('counts who was asked first and failed, not who refused', async () => {
    const { store } = stores;
    const attempt = (target: string, status: number | null, failure: string | null) => ({
      target,
      status,
      failure,
      durationMs: 1,
    });
    const failed = attempt('topic@2', 500, 'internal-error');
    const answered = attempt('main/gpt', 200, null);
    await store.inferences.append([
      inference(1, { attempts: [failed, answered] }),
      inference(2, { attempts: [attempt('topic@2', 503, 'model-unavailable'), answered] }),
      inference(3, { attempts: [attempt('topic@2', 400, 'invalid-value'), answered] }),
      inference(4, { attempts: [answered] }),
      inference(5, { attempts: [failed], target: null, answeredAs: null, error: { code: 'x', message: '' } }),
      inference(6, { attempts: [failed], target: 'topic@2', answeredAs: 'shadow', shadowOf: 'inf_1' }),
      inference(7, { attempts: [failed, answered], task: 'other' }),
    ]);
    expect(await store.inferences.passedOn({ task: 'topic', since: at(0) })).toEqual([
      { target: 'topic@2', calls: 3 },
    ]);
    expect(await store.inferences.passedOn({ task: 'topic', since: at(2) })).toEqual([
      { target: 'topic@2', calls: 2 },
    ]);
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
