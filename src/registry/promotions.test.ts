import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveKeywordModel } from '../../test/support/keyword-model.ts';
import { FOLDERS, taskOf } from '../../test/support/serve-keyword-model.ts';
import type { Inference } from '../schema/inference.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { UNKNOWN_TOKENS } from '../protocol/token-counts.ts';
import type { EvaluationSummary } from './evaluation-summary.ts';
import { gateSettingsOf } from './gates/gate-settings.ts';
import { Promotions } from './promotions.ts';
import { type Registry, registryOver } from './registry.ts';

type TaskInput = Parameters<typeof taskOf>[1];

let directory: string;
let store: Store;
let registry: Registry;
let numbers: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homegrown-promotions-'));
  store = await openSqliteStore(join(directory, 'store.db'));
  registry = registryOver({ store, folders: FOLDERS, modelsDirectory: join(directory, 'models') });
  numbers = 0;
});
afterEach(async () => {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
});

const promotionsOf = (task: TaskInput = {}): Promotions =>
  new Promotions({ registry, inferences: store.inferences, tasks: [gateSettingsOf(taskOf('topic', task))] });

async function register(accuracy: number | null = 0.9): Promise<number> {
  const candidate = join(directory, 'candidates', `run-${++numbers}`);
  await saveKeywordModel(candidate, {
    task: 'topic',
    keywords: { yes: 'good', no: 'bad' },
    run: `run-${numbers}`,
  });
  const evaluation = accuracy === null ? null : evaluationOf(accuracy);
  return (await registry.register({ directory: candidate, task: 'topic', evaluation })).version;
}

interface Calls {
  target: string;
  answeredAs: Inference['answeredAs'];
  count: number;
  /** Of those that somebody judged. */
  accepted?: number;
  judged?: number;
  failed?: number;
  tags?: Record<string, string>;
}

/** Calls that arrive now, with their feedback. */
async function calls({
  target,
  answeredAs,
  count,
  accepted = 0,
  judged = 0,
  failed = 0,
  tags = {},
}: Calls): Promise<void> {
  const ids = Array.from({ length: count }, () => `inf_${String(++numbers).padStart(8, '0')}`);
  const at = new Date(Date.now() + 1).toISOString();
  await store.inferences.append(
    ids.map((id, index) => ({
      ...INFERENCE,
      id,
      at,
      target,
      answeredAs,
      tags,
      error: index < failed ? { code: 'failed', message: 'no' } : null,
    })),
  );
  await store.feedback.append(
    ids.slice(0, judged).map((inference, index) => ({
      id: `f-${inference}`,
      inference,
      at,
      by: null,
      comment: null,
      kind: index < accepted ? ('accepted' as const) : ('rejected' as const),
    })),
  );
}

describe('steps by people', () => {
  test('a canary and a promotion need their gates or a reason, and both are recorded', async () => {
    const promotions = promotionsOf({ upstream: 'main' });
    const version = await register();
    const canary = await promotions.step({ task: 'topic', action: 'canary', version, by: 'ann' });
    expect(canary).toMatchObject({ action: 'canary', version, forced: false });
    expect(canary.message).toBe('topic@1 is the canary: 10 % of users and groups are answered by it.');
    const promote = { task: 'topic', action: 'promote', version, by: 'bob' } as const;
    const refusal = promotions.step(promote);
    await expect(refusal).rejects.toMatchObject({ code: 'promotion/gates-open', kind: 'refused' });
    await expect(refusal).rejects.toThrow(/calls \(open\): 0 calls of 500\. 500 more calls\./);
    const forced = await promotions.step({ ...promote, reason: 'the rented model ends today' });
    expect(forced).toMatchObject({ version, previous: null, forced: true });
    const last = (await promotions.history('topic')).at(-1)!;
    expect(last).toMatchObject({
      action: 'promote',
      from: 'canary',
      to: 'live',
      by: 'bob',
      reason: 'the rented model ends today',
      evidence: { forced: true },
    });
    expect((await promotions.step(promote)).message).toBe('topic@1 was live already.');
    await writeFile(join(registry.directoryOf('topic', version), 'keywords.json'), '{}');
    await expect(promotions.step(promote)).rejects.toMatchObject({ code: 'model/changed-file' });
  });

  test('a model that is worse on held-out data, or below minQuality, is no canary without a reason', async () => {
    const live = await register(0.9);
    await registry.promote('topic', live, { by: 'ann' });
    const worse = await register(0.85);
    const step = { task: 'topic', action: 'canary', by: 'ann' } as const;
    await expect(promotionsOf().step({ ...step, version: worse })).rejects.toThrow(
      /held-out \(breached\): 85 % accuracy, −5 points against topic@1 on the same data/,
    );
    const near = await register(0.895);
    await expect(promotionsOf({ minQuality: 0.95 }).step({ ...step, version: near })).rejects.toThrow(
      /90 % accuracy is under minQuality \(95 %\)/,
    );
    await expect(promotionsOf().step({ ...step, version: near })).resolves.toMatchObject({ forced: false });
    const unknown = await register(null);
    await promotionsOf().step({ task: 'topic', action: 'retire', version: near, by: 'ann' });
    await expect(promotionsOf().step({ ...step, version: unknown })).rejects.toThrow(
      /No evaluation of topic@4/,
    );
  });

  test('one shadow and one canary at a time, and what is live is neither', async () => {
    const promotions = promotionsOf();
    const [one, two] = [await register(), await register()];
    await promotions.step({ task: 'topic', action: 'shadow', version: one, by: 'ann' });
    const another = promotions.step({ task: 'topic', action: 'shadow', version: two, by: 'ann' });
    await expect(another).rejects.toMatchObject({
      code: 'registry/state-taken',
      hint: 'End it first: `homegrown models retire topic@1`.',
    });
    await promotions.step({ task: 'topic', action: 'promote', version: two, by: 'ann', reason: 'go' });
    const live = promotions.step({ task: 'topic', action: 'canary', version: two, by: 'ann', reason: 'go' });
    await expect(live).rejects.toMatchObject({ code: 'registry/is-live' });
  });

  test('goes back step by step, and at last to the upstream', async () => {
    const promotions = promotionsOf({ upstream: 'main' });
    for (const version of [await register(), await register()])
      await promotions.step({ task: 'topic', action: 'promote', version, by: 'ann', reason: 'go' });
    const back = { task: 'topic', action: 'rollback', by: 'ann' } as const;
    expect(await promotions.step(back)).toMatchObject({ version: 1, previous: 2 });
    expect((await promotions.step(back)).message).toBe('main answers topic again (before: topic@1).');
    expect((await promotions.status('topic')).live).toBeNull();
    await expect(promotions.step(back)).rejects.toMatchObject({ code: 'registry/nothing-before' });
    await promotions.step({ task: 'topic', action: 'promote', version: 2, by: 'ann', reason: 'go' });
    expect((await promotions.step(back)).version).toBeNull();
  });

  test('never leaves a task without anybody who answers', async () => {
    const promotions = promotionsOf();
    const version = await register();
    await promotions.step({ task: 'topic', action: 'promote', version, by: 'ann', reason: 'go' });
    const retire = { task: 'topic', action: 'retire', version, by: 'ann' } as const;
    await expect(promotions.step(retire)).rejects.toMatchObject({ code: 'promotion/nobody-else' });
    await expect(promotionsOf({ upstream: 'main' }).step(retire)).resolves.toMatchObject({
      action: 'retire',
    });
  });
});

describe('gates', () => {
  const canaryOf = async (task: TaskInput, live: number | null = null): Promise<[Promotions, string]> => {
    const promotions = promotionsOf({ upstream: 'main', ...task });
    if (live !== null) await registry.promote('topic', live, { by: 'ann' });
    const version = await register();
    await promotions.step({ task: 'topic', action: 'canary', version, by: 'ann' });
    return [promotions, `topic@${version}`];
  };
  const act = async (promotions: Promotions): Promise<unknown> =>
    promotions.check(await promotions.status('topic'));

  test('let an equal canary pass, which with automatic steps makes it live', async () => {
    const [promotions, name] = await canaryOf({ promotion: { steps: 'automatic' } });
    await calls({ target: name, answeredAs: 'canary', count: 2000, judged: 2000, accepted: 1600 });
    expect(await act(promotions)).toBeNull();
    await calls({ target: 'main/gpt', answeredAs: 'upstream', count: 8000, judged: 8000, accepted: 6400 });
    const { canary } = await promotions.status('topic');
    expect(canary!.gates.map(({ gate, verdict }) => [gate, verdict])).toEqual([
      ['calls', 'passed'],
      ['errors', 'passed'],
      ['acceptance', 'passed'],
    ]);
    expect(canary!.sides.map(({ name: side, judged }) => [side, judged])).toEqual([
      [name, 2000],
      ['main/gpt', 8000],
    ]);
    expect(await act(promotions)).toMatchObject({ action: 'promote', version: 1, forced: false });
    expect((await promotions.history('topic')).at(-1)).toMatchObject({ by: 'gates', action: 'promote' });
  });

  test('take a canary back that loses acceptance, and say so', async () => {
    const live = await register();
    const [promotions, name] = await canaryOf({}, live);
    await calls({ target: name, answeredAs: 'canary', count: 500, judged: 500, accepted: 350 });
    await calls({ target: 'topic@1', answeredAs: 'live', count: 4500, judged: 4500, accepted: 3600 });
    const taken = await act(promotions);
    expect(taken).toMatchObject({ action: 'breach', version: 2, forced: false });
    expect((taken as { message: string }).message).toContain(
      'acceptance: 70 % of 500 verdicts accepted, topic@1 80 % of 4,500: −10 points',
    );
    expect(await registry.live('topic')).toBe(1);
    expect((await promotions.status('topic')).canary).toBeNull();
    const transition = (await promotions.history('topic')).at(-1)!;
    expect(transition).toMatchObject({ action: 'breach', by: 'gates', to: 'retired' });
  });

  test('do not decide on what was said of users whose verdicts are all alike', async () => {
    const [promotions, name] = await canaryOf({});
    // 500 verdicts of one dissatisfied user are one voice.
    const ids = Array.from({ length: 500 }, (_, index) => `inf_one_${String(index).padStart(4, '0')}`);
    const at = new Date(Date.now() + 1).toISOString();
    await store.inferences.append(
      ids.map((id) => ({ ...INFERENCE, id, at, target: name, answeredAs: 'canary' as const, user: 'zoe' })),
    );
    await store.feedback.append(
      ids.map((inference) => ({
        id: `f-${inference}`,
        inference,
        at,
        by: null,
        comment: null,
        kind: 'rejected' as const,
      })),
    );
    await calls({ target: 'main/gpt', answeredAs: 'upstream', count: 4500, judged: 4500, accepted: 3600 });
    expect(await act(promotions)).toBeNull();
  });

  test('count verdicts from the moment both sides answer', async () => {
    const live = await register();
    await registry.promote('topic', live, { by: 'ann' });
    await calls({ target: 'topic@1', answeredAs: 'live', count: 3000, judged: 3000, accepted: 3000 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [promotions] = await canaryOf({});
    const { canary } = await promotions.status('topic');
    expect(canary!.sides.map(({ calls: count }) => count)).toEqual([0, 0]);
  });

  test('without feedback a canary stays open, unless the task does without', async () => {
    const [promotions, name] = await canaryOf({ promotion: { steps: 'automatic' } });
    await calls({ target: name, answeredAs: 'canary', count: 1000 });
    await calls({ target: 'main/gpt', answeredAs: 'upstream', count: 1000 });
    const { canary } = await promotions.status('topic');
    expect(canary!.gates.find(({ gate }) => gate === 'acceptance')).toMatchObject({
      verdict: 'open',
      found: 'No feedback has come yet.',
    });
    expect(await act(promotions)).toBeNull();
    const easier = promotionsOf({
      upstream: 'main',
      promotion: { steps: 'automatic', canary: { feedback: 'optional' } },
    });
    expect(await act(easier)).toMatchObject({ action: 'promote' });
  });

  test('two that look at once take a step once', async () => {
    const [promotions, name] = await canaryOf({});
    await calls({ target: name, answeredAs: 'canary', count: 100, failed: 100 });
    const other = await openSqliteStore(join(directory, 'store.db'));
    const second = new Promotions({
      registry: registryOver({ store: other, folders: FOLDERS, modelsDirectory: join(directory, 'models') }),
      inferences: other.inferences,
      tasks: [gateSettingsOf(taskOf('topic', { upstream: 'main' }))],
    });
    const results = await Promise.allSettled([act(promotions), act(second)]);
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    const breaches = (await promotions.history('topic')).filter(({ action }) => action === 'breach');
    expect(breaches).toHaveLength(1);
    await other.close();
  });

  test('a shadow passes by its agreement, and becomes the canary with automatic steps', async () => {
    const promotions = promotionsOf({
      upstream: 'main',
      promotion: { steps: 'automatic', shadow: { minAgreement: 0.8, minCalls: 300 } },
    });
    const version = await register();
    await promotions.step({ task: 'topic', action: 'shadow', version, by: 'ann' });
    const shadow = { target: 'topic@1', answeredAs: 'shadow' } as const;
    await calls({ ...shadow, count: 350, tags: { 'homegrown-agreed': 'yes' } });
    await calls({ ...shadow, count: 30, tags: { 'homegrown-agreed': 'no' } });
    expect(await act(promotions)).toMatchObject({ action: 'canary', version: 1 });
    expect((await registry.deployments('topic'))[0]).toMatchObject({
      state: 'canary',
      settings: { share: 0.1 },
    });
  });

  test('a shadow that disagrees is ended', async () => {
    const promotions = promotionsOf({ upstream: 'main', promotion: { shadow: { minAgreement: 0.9 } } });
    const version = await register();
    await promotions.step({ task: 'topic', action: 'shadow', version, by: 'ann' });
    const shadow = { target: 'topic@1', answeredAs: 'shadow' } as const;
    await calls({ ...shadow, count: 60, tags: { 'homegrown-agreed': 'yes' } });
    await calls({ ...shadow, count: 40, tags: { 'homegrown-agreed': 'no' } });
    const taken = await act(promotions);
    expect(taken).toMatchObject({ action: 'breach' });
    expect((taken as { message: string }).message).toContain('60 of 100 answers equal: 60 % (at least 90 %)');
  });
});

const INFERENCE: Inference = {
  id: '',
  at: '',
  endpoint: 'chat-completions',
  task: 'topic',
  model: 'task:topic',
  target: null,
  answeredAs: null,
  shadowOf: null,
  user: null,
  group: null,
  tags: {},
  key: null,
  requestId: 'req_1',
  responseId: null,
  status: 200,
  error: null,
  stream: false,
  attempts: [],
  durationMs: 5,
  firstContentMs: null,
  tokens: UNKNOWN_TOKENS,
  costUsd: null,
  request: '{}',
  response: '{}',
};

function evaluationOf(value: number): EvaluationSummary {
  const estimate = { value, low: value - 0.05, high: value + 0.05 };
  const quality = {
    examples: 100,
    groups: 90,
    accuracy: estimate,
    macroF1: estimate,
    calibrationError: null,
    unusable: 0,
  };
  return {
    run: 'run-1',
    dataset: 'abc',
    candidate: 'bag',
    metric: 'accuracy',
    protocol: 'held-out',
    quality: estimate,
    validation: quality,
    heldOut: quality,
    p95LatencyMs: 0.05,
    costPer1kUsd: null,
    modelBytes: 1000,
  };
}
