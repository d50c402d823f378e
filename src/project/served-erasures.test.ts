import { expect, onTestFinished, test } from 'vitest';
import { capturedCall, feedbackOn } from '../../test/support/captured-call.ts';
import { type Answer, ask, post, user } from '../../test/support/http-ask.ts';
import { type ProjectBeforeStandIn, serveBeforeStandIn } from '../../test/support/served-project.ts';
import { filesWithTraces } from '../../test/support/erasure-corpus.ts';
import { acquireProcessLock } from '../store/sqlite/process-lock.ts';
import { join } from 'node:path';

async function served(options: Parameters<typeof serveBeforeStandIn>[0] = {}): Promise<ProjectBeforeStandIn> {
  const project = await serveBeforeStandIn(options);
  onTestFinished(() => project.close());
  return project;
}

const erase = ({ server }: ProjectBeforeStandIn, body: object, headers = {}): Promise<Answer> =>
  post(`${server.url}/api/v1/erasures`, body, headers);

function chat({ server }: ProjectBeforeStandIn, text: string, name: string): Promise<Answer> {
  const body = { model: 'task:topic', messages: user(text), max_tokens: 100 };
  return post(`${server.url}/v1/chat/completions`, body, { 'x-homegrown-user': name });
}

test('a running server erases what it has just captured, and keeps others’', async () => {
  const project = await served();
  const theirs = 'a note of mine about something private';
  await chat(project, theirs, 'user-to-erase-4711');
  await chat(project, 'something else entirely', 'somebody-else');
  const preview = await erase(project, { user: 'user-to-erase-4711', dryRun: true });
  expect(preview.json).toMatchObject({ status: 'preview', record: { dryRun: true } });
  const { status, json } = await erase(project, { user: 'user-to-erase-4711' });
  expect(status).toBe(200);
  expect(json).toMatchObject({ status: 'done', record: { captures: 1, by: 'local', dryRun: false } });
  const left = await project.project.store.inferences.page({});
  expect(left.rows.map((row) => row.user)).toEqual(['somebody-else']);
  const files = await filesWithTraces(project.directory, { theirs: [theirs] });
  expect(files).toEqual([]);
  const list = await ask(`${project.server.url}/api/v1/erasures`);
  expect(list.json).toEqual({ finished: [json.record], unfinished: [] });
}, 60_000);

test('an erasure that must wait for a climb is kept and told', async () => {
  const project = await served();
  await chat(project, 'a text', 'u1');
  const lock = await acquireProcessLock(join(project.directory, '.homegrown', 'climb.lock'), {
    holder: 'climb',
  });
  const { status, json } = await erase(project, { user: 'u1' });
  expect(status).toBe(202);
  expect(json).toMatchObject({ status: 'waiting', reason: 'a climb or another erasure is at work' });
  const list = await ask(`${project.server.url}/api/v1/erasures`);
  expect(list.json).toMatchObject({ finished: [], unfinished: [{ id: json.id, by: 'local' }] });
  expect(JSON.stringify(list.json)).not.toContain('u1');
  lock.release();
  expect((await erase(project, { user: 'u1' })).json).toMatchObject({
    status: 'done',
    record: { id: json.id },
  });
}, 60_000);

test('only admins erase, and only one user or group at a time', async () => {
  const project = await served();
  for (const body of [{}, { user: 'a', group: 'b' }, { user: '' }, { usr: 'a' }]) {
    expect((await erase(project, body)).status).toBe(400);
  }
  const { secret } = await project.project.keys.create({ name: 'shop' });
  const headers = { authorization: `Bearer ${secret}` };
  await expect
    .poll(async () => (await erase(project, { user: 'a' }, headers)).status, { timeout: 3000 })
    .toBe(403);
});

test('a server deletes what is past its task’s retention when it starts', async () => {
  const config = {
    tasks: {
      topic: { kind: 'classify' as const, data: 'x.jsonl', retentionDays: 30 },
      other: { kind: 'classify' as const, data: 'x.jsonl' },
    },
  };
  const project = await served({ config });
  const { store } = project.project;
  const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
  const calls = [
    capturedCall(1, { at: daysAgo(31) }),
    capturedCall(2, { at: daysAgo(29) }),
    capturedCall(3, { at: daysAgo(300), task: 'other' }),
    capturedCall(4, { at: daysAgo(300), task: null }),
  ];
  await store.inferences.append(calls);
  await store.feedback.append([feedbackOn(1, { kind: 'accepted' })]);
  await project.another();
  await expect.poll(() => store.inferences.count({}), { timeout: 5000 }).toBe(3);
  expect((await store.inferences.page({})).rows.map(({ id }) => id)).not.toContain(calls[0]!.id);
  expect((await store.feedback.page()).rows).toEqual([]);
  expect(project.events).toContainEqual(
    expect.objectContaining({
      event: 'retention',
      message: '1 captured calls of topic were older than 30 days and are deleted',
    }),
  );
  expect(await project.project.retain()).toMatchObject([{ task: 'topic', days: 30, deleted: 0 }]);
});
