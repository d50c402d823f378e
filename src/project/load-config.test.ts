import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { CONFIG_NAMES, loadConfig, parseConfig } from './load-config.ts';

function problemOf(config: unknown): string {
  try {
    parseConfig(config, 'homegrown.config.ts');
  } catch (error) {
    if (error instanceof HomegrownError) return error.message;
    throw error;
  }
  throw new Error('the config was accepted');
}

test('defaults are filled in', () => {
  const { tasks, server, upstreams } = parseConfig(
    { tasks: { topic: { kind: 'classify', data: 'a.jsonl' } } },
    'here',
  );
  expect(tasks['topic']).toMatchObject({
    data: ['a.jsonl'],
    metric: 'accuracy',
    tolerance: 0.01,
    columns: { input: 'input' },
    budget: { minutes: 10 },
  });
  expect(server).toMatchObject({ host: '127.0.0.1', port: 4400 });
  expect(upstreams).toEqual({});
});

test('unknown keys and values come with the nearest name', () => {
  const config = {
    tasks: { topic: { kind: 'clasify', data: 'x', metrc: 'a', budget: { minuts: 3 }, rungs: ['bagg'] } },
    upstream: {},
  };
  expect(problemOf(config)).toMatchInlineSnapshot(`
    "homegrown.config.ts: 5 problems
      - tasks.topic.kind: expected "classify"; found "clasify" (did you mean "classify"?)
      - tasks.topic.budget.minuts: unknown key; did you mean "minutes"?
      - tasks.topic.rungs.0: expected "prompt" or "few-shot" or "bag" or "encoder" or "blend"; found "bagg" (did you mean "bag"?)
      - tasks.topic.metrc: unknown key; did you mean "metric"?
      - upstream: unknown key; did you mean "upstreams"?"
  `);
});

test('an upstream is explained as the kind it was meant to be', () => {
  expect(problemOf({ tasks: {}, upstreams: { main: { baseUrl: 'x', modle: 'y' } } })).toMatchInlineSnapshot(`
    "homegrown.config.ts: 3 problems
      - upstreams.main.baseUrl: Invalid URL; found "x"
      - upstreams.main.model: expected string; found nothing
      - upstreams.main.modle: unknown key; did you mean "model"?"
  `);
});

test.each([
  [null, 'config: expected object; found null'],
  [[], 'config: expected object; found []'],
  [{ tasks: { 'Bad Name': { kind: 'classify', data: 'x' } } }, 'expected lower-case letters'],
  [{ tasks: { t: { kind: 'classify', data: [] } } }, 'tasks.t.data'],
  [
    { tasks: { t: { kind: 'classify', data: { source: 'captured', since: 'yesterday' } } } },
    'tasks.t.data.since: expected a time such as 2026-03-31T08:30:00Z or 2026-03-31; found "yesterday"',
  ],
  [
    { tasks: { t: { kind: 'classify', data: ['x', { source: 'captured', tags: { plan: 1 } }] } } },
    'tasks.t.data.1.tags.plan: expected string; found 1',
  ],
  [
    { tasks: { t: { kind: 'classify', data: 'x', tolerance: '1' } } },
    'tasks.t.tolerance: expected number; found "1"',
  ],
  [{ tasks: { t: { kind: 'classify', data: 'x', seed: Number.NaN } } }, 'tasks.t.seed'],
  [{ tasks: {}, server: { port: 99999 } }, 'server.port'],
  [
    { tasks: { t: { kind: 'classify', data: 'x', columns: { input: 'x', output: 'x' } } } },
    'tasks.t.columns: expected different columns for input',
  ],
  [
    { tasks: { t: { kind: 'classify', data: 'x', columns: { output: 'input' } } } },
    'tasks.t.columns: expected different columns for input (by default "input")',
  ],
])('%j is refused', (config, expected) => {
  expect(problemOf(config)).toContain(expected);
});

test('an upstream that a task or the default names must be there', () => {
  const task = { kind: 'classify', data: 'x', upstream: ['main/gpt-4o', 'bakcup', 'else/where'] };
  const main = { baseUrl: 'http://127.0.0.1:1/v1', model: 'm' };
  const upstreams = { main, backup: main };
  expect(problemOf({ tasks: { topic: task }, upstreams, defaultUpstream: 'mian' })).toMatchInlineSnapshot(`
    "homegrown.config.ts: 3 problems
      - tasks.topic.upstream: expected "main" or "backup" of upstreams; found "bakcup" (did you mean "backup"?)
      - tasks.topic.upstream: expected "main" or "backup" of upstreams; found "else/where"
      - defaultUpstream: expected "main" or "backup" of upstreams; found "mian" (did you mean "main"?)"
  `);
  expect(problemOf({ tasks: {}, defaultUpstream: 'main' })).toMatchInlineSnapshot(
    `"homegrown.config.ts: defaultUpstream: expected an entry of upstreams, of which there is none; found "main""`,
  );
});

test('files that are missing, broken or export nothing are told apart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'load-config-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await expect(loadConfig(directory)).rejects.toMatchObject({ code: 'config/missing', exitCode: 2 });
  await writeFile(join(directory, 'homegrown.config.mjs'), 'export const a = 1;');
  await expect(loadConfig(directory)).rejects.toMatchObject({
    code: 'config/no-default-export',
    found: 'exports a',
  });
  await rm(join(directory, 'homegrown.config.mjs'));
  await writeFile(join(directory, 'homegrown.config.js'), 'export default {');
  await expect(loadConfig(directory)).rejects.toMatchObject({ code: 'config/not-loadable' });
});

test('two configs are refused and both named, whichever they are', async () => {
  for (const [index, name] of CONFIG_NAMES.entries()) {
    const directory = await mkdtemp(join(tmpdir(), 'load-config-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const other = CONFIG_NAMES[(index + 1) % CONFIG_NAMES.length]!;
    for (const config of [name, other]) await writeFile(join(directory, config), 'export default {}');
    const refused = await loadConfig(directory).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'config/several', exitCode: 2 });
    expect(String(refused)).toContain(name);
    expect(String(refused)).toContain(other);
  }
});
