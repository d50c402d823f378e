import { afterEach, expect, test } from 'vitest';
import { ask, post, user } from '../../../test/support/http-ask.ts';
import { type ParsedFamily, parseMetrics, valueOf } from '../../../test/support/parse-metrics.ts';
import { type ServedCandidates, serveCandidates } from '../../../test/support/serve-candidates.ts';

let served: ServedCandidates;
afterEach(() => served.close());

async function metrics(): Promise<Map<string, ParsedFamily>> {
  return parseMetrics((await ask(`${served.url}/metrics`)).text);
}

async function predict(body: object): Promise<number> {
  return (await post(`${served.url}/api/v1/tasks/topic/predict`, body)).status;
}

test('says which versions are deployed, and counts predictions and what shadows answer', async () => {
  served = await serveCandidates();
  const live = await served.register();
  await served.registry.promote('topic', live, { by: 'ann' });
  const shadow = await served.register();
  await served.promotions.step({ task: 'topic', action: 'shadow', version: shadow, share: 1, by: 'ann' });
  await served.seen();
  const deployed = await metrics();
  for (const [state, version] of Object.entries({ serving: live, live, shadow }))
    expect(valueOf(deployed, 'homegrown_deployed_version', { task: 'topic', state })).toBe(version);
  expect(valueOf(deployed, 'homegrown_deployment_problem', { task: 'topic' })).toBe(0);
  expect(valueOf(deployed, 'homegrown_registry_reachable', {})).toBe(1);

  expect(await predict({ inputs: ['a cat', 'bread', 'a cat'] })).toBe(200);
  expect(await predict({ input: 'a cat', version: shadow })).toBe(200);
  const asked = { model: 'task:topic', messages: user('a cat') };
  expect(await post(`${served.url}/v1/chat/completions`, asked)).toMatchObject({ status: 200 });
  const calls = (read: Map<string, ParsedFamily>, labels: Record<string, string>): number | undefined =>
    valueOf(read, 'homegrown_calls_total', { task: 'topic', ...labels });
  await expect.poll(async () => calls(await metrics(), { answered_as: 'shadow' })).toBe(1);
  const read = await metrics();
  expect(calls(read, { endpoint: 'predict', answered_as: 'live', target: `topic@${live}` })).toBe(1);
  expect(calls(read, { endpoint: 'predict', answered_as: 'version', target: `topic@${shadow}` })).toBe(1);
  expect(calls(read, { endpoint: 'chat-completions', answered_as: 'live' })).toBe(1);
  expect(valueOf(read, 'homegrown_calls_in_flight', {})).toBe(0);
});

test('counts predictions that failed', async () => {
  served = await serveCandidates();
  const version = await served.register({ failing: true });
  await served.registry.promote('topic', version, { by: 'ann' });
  await served.seen();
  const status = await predict({ input: 'a cat' });
  expect(status).toBeGreaterThanOrEqual(500);
  const read = await metrics();
  const labels = { endpoint: 'predict', task: 'topic', status: String(status) };
  expect(valueOf(read, 'homegrown_calls_total', labels)).toBe(1);
});
