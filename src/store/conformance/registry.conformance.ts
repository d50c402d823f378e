import { expect, test } from 'vitest';
import type { CandidateManifest } from '../../schema/candidate-manifest.ts';
import type { DeploymentChange, ModelRecord } from '../store.ts';
import type { OpenStores } from './open-stores.ts';

/** Models and deployments. */
export function registryConformance(stores: OpenStores): void {
  test('gives back the model it was given, also through another connection', async () => {
    const added = await stores.store.models.add(
      record('topic', 1, { accuracy: 0.75, notes: ['naïve 🙂', null] }),
    );
    const other = await stores.open();
    expect(await other.models.find('topic', 1)).toEqual(added);
    expect(await other.models.findByFingerprint('topic', 'print-topic-1')).toEqual(added);
    await other.close();
    expect(added.manifest).toEqual(candidateManifest('topic'));
    expect(Date.parse(added.registeredAt)).toBeGreaterThan(Date.now() - 60_000);
  });

  test('answers null and empty lists for what is not there', async () => {
    expect(await stores.store.models.find('topic', 1)).toBeNull();
    expect(await stores.store.models.findByFingerprint('topic', 'x')).toBeNull();
    expect(await stores.store.models.list()).toEqual([]);
    expect(await stores.store.deployments.list('topic')).toEqual([]);
    expect(await stores.store.deployments.history('topic')).toEqual([]);
  });

  test('lists by task, then by version as a number', async () => {
    for (const version of [10, 9, 1]) await stores.store.models.add(record('topic', version));
    await stores.store.models.add(record('alpha', 2));
    const names = (await stores.store.models.list()).map((model) => `${model.task}@${model.version}`);
    expect(names).toEqual(['alpha@2', 'topic@1', 'topic@9', 'topic@10']);
    expect((await stores.store.models.list('alpha')).map(({ version }) => version)).toEqual([2]);
  });

  test('returns the first record when one fingerprint is added twice', async () => {
    const first = await stores.store.models.add(record('topic', 1));
    const second = await stores.store.models.add({ ...record('topic', 2), fingerprint: first.fingerprint });
    expect(second).toEqual(first);
    expect(await stores.store.models.list()).toHaveLength(1);
  });

  test('refuses a second model under one version', async () => {
    await stores.store.models.add(record('topic', 1));
    const another = { ...record('topic', 1), fingerprint: 'another' };
    await expect(stores.store.models.add(another)).rejects.toMatchObject({ code: 'store/conflict' });
  });

  test('takes over models and deployments of another store, once', async () => {
    const { models, deployments } = stores.store;
    const registeredAt = '2025-01-02T03:04:05.678Z';
    expect(await models.add({ ...record('topic', 4), registeredAt })).toMatchObject({ registeredAt });
    const archive = {
      deployments: [{ version: 4, state: 'live' as const, since: registeredAt, settings: { share: 0.5 } }],
      history: [
        {
          version: 4,
          from: null,
          to: 'live' as const,
          settings: null,
          action: 'first-live' as const,
          by: 'ann',
          reason: null,
          evidence: { accuracy: 0.5 },
          at: registeredAt,
        },
      ],
    };
    expect(await deployments.restore('topic', archive)).toBe(true);
    expect(await deployments.list('topic')).toEqual([{ task: 'topic', ...archive.deployments[0] }]);
    expect(await deployments.history('topic')).toEqual([
      { task: 'topic', id: expect.any(Number) as number, ...archive.history[0] },
    ]);
    expect(await deployments.restore('topic', { deployments: [], history: [] })).toBe(false);
    expect(await deployments.list('topic')).toHaveLength(1);
    const unknown = { ...archive, deployments: [{ ...archive.deployments[0]!, version: 9 }] };
    await expect(deployments.restore('other', unknown)).rejects.toMatchObject({ code: 'store/conflict' });
    expect(await deployments.history('other')).toEqual([]);
  });

  test('applies state changes together and keeps their history', async () => {
    await stores.store.models.add(record('topic', 1));
    await stores.store.models.add(record('topic', 2));
    await stores.store.deployments.apply(change([{ version: 1, from: null, to: 'live' }], 'first-live'));
    await stores.store.deployments.apply(
      change([
        { version: 1, from: 'live', to: 'retired' },
        { version: 2, from: null, to: 'live' },
      ]),
    );
    const states = (await stores.store.deployments.list('topic')).map(({ version, state }) => [
      version,
      state,
    ]);
    expect(states).toEqual([
      [1, 'retired'],
      [2, 'live'],
    ]);
    const history = await stores.store.deployments.history('topic');
    expect(history.map(({ version, from, to }) => [version, from, to])).toEqual([
      [1, null, 'live'],
      [1, 'live', 'retired'],
      [2, null, 'live'],
    ]);
    expect(history[2]).toMatchObject({
      action: 'promote',
      by: 'ann',
      reason: 'better',
      evidence: { accuracy: 0.8 },
    });
    expect(history[2]!.id).toBeGreaterThan(history[0]!.id);
  });

  test('changes nothing when one of the changes is out of date', async () => {
    await stores.store.models.add(record('topic', 1));
    await stores.store.models.add(record('topic', 2));
    await stores.store.deployments.apply(change([{ version: 1, from: null, to: 'live' }]));
    const stale = change([
      { version: 1, from: 'live', to: 'retired' },
      { version: 2, from: 'shadow', to: 'live' },
    ]);
    await expect(stores.store.deployments.apply(stale)).rejects.toMatchObject({ code: 'store/conflict' });
    expect(await stores.store.deployments.list()).toMatchObject([{ version: 1, state: 'live' }]);
    expect(await stores.store.deployments.history('topic')).toHaveLength(1);
  });

  test('never has two live models for one task', async () => {
    await stores.store.models.add(record('topic', 1));
    await stores.store.models.add(record('topic', 2));
    await stores.store.deployments.apply(change([{ version: 1, from: null, to: 'live' }]));
    const second = change([{ version: 2, from: null, to: 'live' }]);
    await expect(stores.store.deployments.apply(second)).rejects.toMatchObject({ code: 'store/conflict' });
    expect(await stores.store.deployments.list()).toHaveLength(1);
  });

  test('refuses to deploy a model that was never added', async () => {
    const unknown = change([{ version: 7, from: null, to: 'live' }]);
    await expect(stores.store.deployments.apply(unknown)).rejects.toMatchObject({ code: 'store/conflict' });
    expect(await stores.store.deployments.history('topic')).toEqual([]);
  });

  test('lets exactly one of two connections win a race', async () => {
    await stores.store.models.add(record('topic', 1));
    await stores.store.models.add(record('topic', 2));
    const other = await stores.open();
    const results = await Promise.allSettled([
      stores.store.deployments.apply(change([{ version: 1, from: null, to: 'live' }])),
      other.deployments.apply(change([{ version: 2, from: null, to: 'live' }])),
    ]);
    await other.close();
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await stores.store.deployments.list('topic')).toHaveLength(1);
  });
}

function change(
  changes: DeploymentChange['changes'],
  action: DeploymentChange['action'] = 'promote',
): DeploymentChange {
  return { task: 'topic', action, changes, by: 'ann', reason: 'better', evidence: { accuracy: 0.8 } };
}

function record(
  task: string,
  version: number,
  evaluation: ModelRecord['evaluation'] = null,
): Omit<ModelRecord, 'registeredAt'> {
  return {
    task,
    version,
    fingerprint: `print-${task}-${version}`,
    manifest: candidateManifest(task),
    evaluation,
  };
}

/** The manifest of a model that is in no folder. */
export function candidateManifest(task: string): CandidateManifest {
  return {
    format: 1,
    kind: 'bag',
    name: 'bag',
    rung: 'bag',
    task,
    labels: ['no', 'yes'],
    files: { 'weights.bin': { sha256: 'abc', bytes: 3 } },
    settings: { rows: 1024 },
    upstreams: [],
    lineage: { dataset: 'd', run: 'r', seed: 1, homegrown: '0.1.0', trainedOn: 10 },
    notes: [],
  };
}
