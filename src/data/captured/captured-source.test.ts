import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callId, type CallFacts, capturedCall, feedbackOn } from '../../../test/support/captured-call.ts';
import { captured, type CapturedOptions } from '../../schema/captured-source.ts';
import type { Feedback } from '../../schema/feedback.ts';
import type { DatasetSource } from '../../schema/dataset-manifest.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import type { Store } from '../../store/store.ts';
import { buildDataset } from '../build-dataset.ts';
import type { DatasetVersion } from '../dataset-version.ts';
import { allExamples, findingOf, TemporaryProject } from '../temporary-project.conformance.ts';

let project: TemporaryProject;
let store: Store;
beforeEach(async () => {
  project = await TemporaryProject.create();
  store = await openSqliteStore(join(project.directory, '.homegrown', 'store.db'));
});
afterEach(async () => {
  await store.close();
  await project.remove();
});

const redaction = { kinds: ['email' as const], ownFunction: false };

function build(options: CapturedOptions = {}, config: Record<string, unknown> = {}): Promise<DatasetVersion> {
  return buildDataset({
    task: project.task({ data: captured(options), ...config }),
    projectDir: project.directory,
    datasetsDir: project.datasetsDir,
    calls: { inferences: store.inferences, redaction },
    skipBad: false,
  });
}

/** Calls 1 to n with alternating labels, changed by `facts`. */
async function addCalls(count: number, facts: (number: number) => CallFacts = () => ({})): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const calls = numbers.map((number) =>
    capturedCall(number, { label: number % 2 === 0 ? 'food' : 'animal', ...facts(number) }),
  );
  await store.inferences.append(calls);
}

function accept(...numbers: number[]): Feedback[] {
  return numbers.map((number) => feedbackOn(number, { kind: 'accepted' }));
}

async function labelsOf(version: DatasetVersion): Promise<Record<string, string>> {
  return Object.fromEntries((await allExamples(version)).map(({ input, output }) => [input, output]));
}

function recordOf(version: DatasetVersion): DatasetSource & { format: 'captured' } {
  const [source] = version.manifest.sources;
  if (source?.format !== 'captured') throw new Error('no captured source');
  return source;
}

describe('captured()', () => {
  test('takes what a human accepted, edited or corrected, and what was said last', async () => {
    await addCalls(10);
    await store.feedback.append([
      ...accept(1, 2, 8, 9),
      feedbackOn(3, { kind: 'edited', output: 'tool' }),
      feedbackOn(4, { kind: 'corrected', output: 'tool' }),
      feedbackOn(5, { kind: 'rejected' }),
      feedbackOn(6, { kind: 'score', score: 1 }),
      feedbackOn(8, { kind: 'rejected' }, { seconds: 20 }),
      feedbackOn(9, { kind: 'corrected', output: 'tool' }, { seconds: 20 }),
      feedbackOn(9, { kind: 'score', score: 0 }, { seconds: 30 }),
    ]);
    const version = await build();
    expect(await labelsOf(version)).toEqual({
      'text 1': 'animal',
      'text 2': 'food',
      'text 3': 'tool',
      'text 4': 'tool',
      'text 9': 'tool',
    });
    expect(recordOf(version)).toMatchObject({
      file: 'captured(topic)',
      rows: 5,
      calls: 10,
      last: callId(9),
      labels: { accepted: 2, corrected: 2, edited: 1 },
      redaction,
      filter: { task: 'topic', unreviewed: false },
    });
    expect(recordOf(version).unmapped).toMatchObject([
      { reason: 'unreviewed', count: 3 },
      {
        reason: 'rejected',
        count: 2,
        samples: [`${callId(5)}: feedback rejected the answer`, expect.any(String)],
      },
    ]);
    expect(findingOf(version, 'unlabelled-calls')).toMatchObject({
      count: 5,
      message: '5 captured calls without a label: 3 without feedback, 2 rejected.',
    });
    expect(findingOf(version, 'bad-lines').count).toBe(0);
  });

  test('says of each example which call it was and what made its label', async () => {
    await addCalls(3, (number) => ({ user: `u${number}` }));
    await store.feedback.append([...accept(1, 2), feedbackOn(3, { kind: 'edited', output: 'food' })]);
    const [example] = (await allExamples(await build())).filter(({ input }) => input === 'text 3');
    expect(example).toMatchObject({
      output: 'food',
      group: 'u3',
      time: '2026-01-01T00:03:00.000Z',
      origin: { inference: callId(3), label: 'edited' },
    });
  });

  test('counts scores only where minScore says what they mean', async () => {
    await addCalls(4);
    await store.feedback.append([
      feedbackOn(1, { kind: 'score', score: 0.9 }),
      feedbackOn(2, { kind: 'score', score: 0.8 }),
      feedbackOn(3, { kind: 'score', score: 0.1 }),
      ...accept(4),
      feedbackOn(4, { kind: 'score', score: 0 }, { seconds: 20 }),
    ]);
    const version = await build({ minScore: 0.8 });
    expect(Object.keys(await labelsOf(version)).toSorted()).toEqual(['text 1', 'text 2']);
    expect(recordOf(version)).toMatchObject({
      labels: { scored: 2 },
      unmapped: [{ reason: 'low-score', count: 2 }],
    });
  });

  test('takes unreviewed answers of upstreams on request, says so, and lets humans overrule them', async () => {
    await addCalls(7, (number) => ({
      ...(number === 3 ? { answeredAs: 'live' as const, target: 'topic@1' } : {}),
      ...(number > 4 ? { input: 'text 1', label: 'animal' } : {}),
    }));
    await store.feedback.append([feedbackOn(1, { kind: 'corrected', output: 'tool' })]);
    const version = await build({ unreviewed: true });
    expect(await labelsOf(version)).toEqual({ 'text 1': 'tool', 'text 2': 'food', 'text 4': 'food' });
    expect(recordOf(version)).toMatchObject({
      labels: { corrected: 1, unreviewed: 5 },
      unmapped: [{ reason: 'own-answer', count: 1 }],
      filter: { unreviewed: true },
    });
    expect(findingOf(version, 'unreviewed-labels')).toMatchObject({
      severity: 'warning',
      count: 5,
      message: expect.stringContaining('5 of 6 labels from captured calls are answers of an upstream'),
    });
    const origins = (await allExamples(version)).map(({ input, origin }) => [input, origin]);
    expect(Object.fromEntries(origins)['text 1']).toEqual({ inference: callId(1), label: 'corrected' });
  });

  test('filters by time, user, group, tag, target and model', async () => {
    await addCalls(12, (number) => ({
      user: `u${number % 3}`,
      group: number > 6 ? 'late' : null,
      tags: number % 4 === 0 ? { route: 'b', x: '1' } : { route: 'a' },
      target: number < 4 ? 'rented/model-2' : 'rented/model-1',
      model: number === 12 ? 'gpt' : 'task:topic',
    }));
    await store.feedback.append(accept(...Array.from({ length: 12 }, (_, index) => index + 1)));
    const taken = async (options: CapturedOptions): Promise<number[]> => {
      const examples = await allExamples(await build(options, { columns: { group: null } }));
      return examples.map(({ input }) => Number(input.slice(5))).toSorted((a, b) => a - b);
    };
    expect(await taken({ since: '2026-01-01T00:09:00Z' })).toEqual([9, 10, 11, 12]);
    expect(await taken({ until: '2026-01-01T01:05:00+01:00' })).toEqual([1, 2, 3, 4]);
    expect(await taken({ user: ['u1', 'u2'], group: 'late' })).toEqual([7, 8, 10, 11]);
    expect(await taken({ tags: { route: 'a', x: '1' }, user: 'u9' }).catch(({ code }) => code)).toBe(
      'data/no-labelled-calls',
    );
    expect(
      await taken({ tags: { route: 'b' }, target: ['rented/model-1', 'rented/model-2'] }).catch(
        ({ code }) => code,
      ),
    ).toBe('data/single-class');
    expect(await taken({ target: 'rented/model-2' })).toEqual([1, 2, 3]);
    expect(await taken({ model: 'task:topic', since: '2026-01-01T00:10:00Z' })).toEqual([10, 11]);
  });

  test('counts calls that do not map, by reason, with samples', async () => {
    const image = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }];
    const cut = { choices: [{ message: { content: 'fo' }, finish_reason: 'length' }] };
    const facts: CallFacts[] = [
      {},
      {},
      { request: { messages: image } },
      { request: { input: 'x' }, endpoint: 'embeddings' },
      { response: cut },
      {
        response: {
          choices: [
            { message: { content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] } },
          ],
        },
      },
      { response: null, status: 502, error: { code: 'reset', message: 'the upstream hung up' } },
      { input: 'fail' },
    ];
    await addCalls(facts.length, (number) => facts[number - 1]!);
    await store.feedback.append(accept(1, 2, 3, 4, 5, 6, 7, 8));
    const input = ({ messages }: { messages: readonly { content: unknown }[] }): string | null => {
      const text = messages[0]?.content;
      if (text === 'fail') throw new Error('no');
      return typeof text === 'string' ? text : null;
    };
    const version = await build({}, { input });
    expect(version.manifest.examples).toBe(2);
    expect(recordOf(version).unmapped).toEqual([
      {
        reason: 'no-input',
        count: 2,
        samples: [
          `${callId(3)}: the request does not map to an input of the task "topic"`,
          `${callId(4)}: a request to embeddings without turns`,
        ],
      },
      { reason: 'cut-off', count: 1, samples: [`${callId(5)}: the answer ended at its limit of tokens`] },
      { reason: 'failed', count: 1, samples: [`${callId(7)}: reset`] },
      {
        reason: 'mapping-failed',
        count: 1,
        samples: [`${callId(8)}: the \`input\` function of the task "topic" failed: no`],
      },
      {
        reason: 'no-label',
        count: 1,
        samples: [`${callId(6)}: the answer calls a tool and has no text; \`output.read\` can read it`],
      },
    ]);
    expect(findingOf(version, 'unmapped-calls')).toMatchObject({ count: 6, severity: 'warning' });
  });

  test('leaves shadows out and groups by group, user or conversation', async () => {
    await addCalls(6, (number) => ({
      ...(number === 3 ? { answeredAs: 'shadow' as const, shadowOf: callId(1) } : {}),
      ...(number === 4 ? { group: 'g', user: 'u' } : {}),
      ...(number === 5 ? { user: 'u' } : {}),
      ...(number === 6
        ? {
            endpoint: 'responses' as const,
            request: { input: 'text 6', conversation: { id: 'conv_1' } },
            response: { output: [{ type: 'message', content: [{ type: 'output_text', text: 'food' }] }] },
          }
        : {}),
    }));
    await store.feedback.append(accept(1, 2, 4, 5, 6));
    const version = await build();
    const groups = Object.fromEntries((await allExamples(version)).map(({ input, group }) => [input, group]));
    expect(groups).toEqual({
      'text 1': expect.stringMatching(/^input:/u),
      'text 2': expect.stringMatching(/^input:/u),
      'text 4': 'g',
      'text 5': 'u',
      'text 6': 'conv_1',
    });
    expect(recordOf(version).calls).toBe(5);
  });

  test('is the same again, and another version once feedback has come', async () => {
    await addCalls(1500);
    await store.feedback.append(accept(...Array.from({ length: 1400 }, (_, index) => index + 1)));
    const first = await build();
    expect(first.manifest.examples).toBe(1400);
    expect((await build()).manifest).toEqual(first.manifest);
    await store.feedback.append([feedbackOn(2, { kind: 'rejected' }, { seconds: 50 })]);
    const second = await build();
    expect(second.manifest.hash).not.toBe(first.manifest.hash);
    expect(second.manifest.examples).toBe(1399);
  });

  test('goes with files', async () => {
    await project.writeRows('a.jsonl', [{ text: 'from a file', team: 'food' }]);
    await addCalls(2);
    await store.feedback.append(accept(1));
    const version = await build(
      {},
      { data: ['a.jsonl', captured()], columns: { input: 'text', output: 'team' } },
    );
    expect(await labelsOf(version)).toEqual({ 'from a file': 'food', 'text 1': 'animal' });
    expect(version.manifest.sources.map(({ file }) => file)).toEqual(['a.jsonl', 'captured(topic)']);
  });

  test('without a label says what is missing', async () => {
    await addCalls(3);
    await expect(build({ user: 'nobody' })).rejects.toMatchObject({
      code: 'data/no-labelled-calls',
      found: 'no calls',
      hint: expect.stringContaining('the conditions of captured()'),
    });
    await expect(build()).rejects.toMatchObject({
      code: 'data/no-labelled-calls',
      exitCode: 3,
      found: '3 captured calls without a label: 3 without feedback.',
    });
  });
});
