import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { writeWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { startStandIn } from '../../test/stand-in/stand-in-for-a-rented-model.ts';
import type { ClimbEvent } from '../climb/climb-event.ts';
import type { ConfigInput } from '../schema/config.ts';
import type { Report } from '../schema/report.ts';
import { openProject, type Project } from './project.ts';

interface Row {
  input: string;
  output: string;
  group: string;
}

const CLASSES = ['noun.animal', 'noun.food', 'noun.artifact', 'noun.person'];
let rows: Row[];

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'climb-data-'));
  await writeWordnetExamples(join(directory, 'all.jsonl'));
  const text = await readFile(join(directory, 'all.jsonl'), 'utf8');
  const all = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const wanted = all.filter(({ output }) => CLASSES.includes(output));
  const seen = new Set<string>();
  rows = wanted.filter(({ input }) => !seen.has(input) && seen.add(input));
  await rm(directory, { recursive: true });
});

type TaskInput = Partial<ConfigInput['tasks'][string]>;

/** A project with `count` definitions, spread over the four classes. */
async function projectWith(
  count: number,
  task: TaskInput = {},
  config: Partial<ConfigInput> = {},
): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'climb-'));
  const step = rows.length / count;
  const picked = Array.from({ length: count }, (_, index) => rows[Math.floor(index * step)]!);
  await writeFile(join(directory, 'data.jsonl'), picked.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const topic = { kind: 'classify' as const, data: 'data.jsonl', columns: { group: 'group' }, ...task };
  const project = await openProject(directory, { config: { tasks: { topic }, ...config } });
  onTestFinished(async () => {
    await project.close();
    await rm(directory, { recursive: true, force: true });
  });
  return project;
}

const priced = { inputPer1mUsd: 1, outputPer1mUsd: 4 };

async function rentedModel(
  errorRate: number,
): Promise<{ baseUrl: string; model: string; price: typeof priced; requestsPerMinute: number }> {
  const goldLabels = new Map(rows.map(({ input, output }) => [input, output]));
  const standIn = await startStandIn({ goldLabels, labels: CLASSES, errorRate, delayMs: 2 });
  onTestFinished(() => standIn.close());
  return { baseUrl: standIn.baseUrl, model: 'stand-in', price: priced, requestsPerMinute: 1e6 };
}

function namesOf({ candidates }: Report): string[] {
  return candidates.map(({ name }) => name);
}

describe('without an upstream', () => {
  test('own candidates are compared on one held-out set, the winner is registered and live', async () => {
    const project = await projectWith(1500);
    const { report, directory } = await project.climb();
    expect(report.protocol).toEqual({ kind: 'held-out' });
    expect(namesOf(report)).toEqual(['bag', 'bag/words', 'blend']);
    expect(report.notTried.map(({ rung, reason }) => `${rung}: ${reason}`)).toEqual([
      'prompt: no upstream',
      'few-shot: no upstream',
      'encoder: 1,195 training examples are too few for a network from scratch (at least 2,000)',
    ]);
    const chosen = report.candidates.find(({ name }) => name === report.choice.chosen)!;
    expect(chosen.heldOut!.accuracy.value).toBeGreaterThan(report.baseline.heldOut!.accuracy.value + 0.2);
    expect(report.choice.quality).toEqual(chosen.heldOut!.accuracy);
    expect(chosen.measured.costPer1kUsd).toBeNull();
    expect(await project.models.live('topic')).toBe(1);
    expect((await readdir(directory)).toSorted()).toEqual(['report.html', 'report.json']);
    const predictor = await project.predictor();
    const [answer] = await predictor.predict(['a small furry mammal with a long tail']);
    await predictor.close();
    expect(CLASSES).toContain(answer!.label);
  });

  test('the same climb again is its report again, and --fresh gives the same one', async () => {
    const project = await projectWith(1200, {}, { machine: { usdPerHour: 0.2 } });
    const first = await project.climb();
    const again = await project.climb();
    expect([first.repeated, again.repeated]).toEqual([false, true]);
    const fresh = await project.climb('topic', { fresh: true });
    const unmeasured = (report: Report): unknown =>
      JSON.parse(JSON.stringify(report, (key, value: unknown) => (key === 'measured' ? null : value)));
    expect(unmeasured(fresh.report)).toEqual(unmeasured(first.report));
    expect(await project.models.list('topic')).toHaveLength(1);
    expect(first.report.candidates[0]!.measured.costPer1kUsd).toBeGreaterThan(0);
  });

  test('60 examples are cross-validated, with wide intervals', async () => {
    const project = await projectWith(60);
    const { report } = await project.climb();
    expect(report.protocol).toEqual({ kind: 'cross-validation', folds: 5, repeats: 5 });
    const { accuracy, examples } = report.candidates[0]!.validation;
    expect(examples).toBe(report.dataset.examples);
    expect(accuracy.high! - accuracy.low!).toBeGreaterThan(0.1);
    expect(report.choice.chosen).not.toBeNull();
  });

  test('nothing good enough is said, not served', async () => {
    const project = await projectWith(300, { minQuality: 0.999 });
    const { report } = await project.climb();
    expect(report.choice.chosen).toBeNull();
    expect(report.choice.needed.length).toBeGreaterThan(0);
    expect(await project.models.live('topic')).toBeNull();
    await expect(project.predictor()).rejects.toMatchObject({ code: 'registry/nothing-live', exitCode: 3 });
  });

  test('a budget of no time ends with what was not tried', async () => {
    const project = await projectWith(1200, { budget: { minutes: 1e-6 } });
    const { report } = await project.climb();
    expect(report.choice.chosen).toBeNull();
    expect(
      report.stopped.reason === 'budget' || report.notTried.some(({ reason }) => reason.includes('budget')),
    ).toBe(true);
  });
});

describe('with an upstream', () => {
  test('rented and own candidates stand side by side; the rented ones have a price and are judged on a subset', async () => {
    const main = await rentedModel(0.05);
    const project = await projectWith(
      1500,
      { budget: { minutes: 5, usd: 5 } },
      { upstreams: { main }, machine: { usdPerHour: 0.1 } },
    );
    const { report } = await project.climb();
    expect(namesOf(report)).toEqual(['prompt', 'few-shot', 'bag', 'bag/words', 'blend']);
    const prompt = report.candidates[0]!;
    expect(prompt.validation.examples).toBeLessThanOrEqual(200);
    expect(prompt.measured.costPer1kUsd).toBeGreaterThan(0);
    expect(prompt.measured.cpuMsPerCall).toBeNull();
    expect(report.measured.usd).toBeGreaterThan(0);
    expect(report.candidates[2]!.measured.costPer1kUsd).toBeLessThan(prompt.measured.costPer1kUsd!);
  }, 60_000);

  test('a rented model can win, and answers through the same predictor', async () => {
    const main = await rentedModel(0);
    const project = await projectWith(200, { rungs: ['prompt', 'bag'] }, { upstreams: { main } });
    const { report } = await project.climb();
    expect(report.choice.chosen).toBe('prompt');
    const predictor = await project.predictor();
    const [answer] = await predictor.predict([rows[0]!.input]);
    await predictor.close();
    expect(answer!.label).toBe(rows[0]!.output);
  }, 60_000);

  test('an upstream that is down is "not tried", and the climb goes on', async () => {
    const gone = { baseUrl: 'http://127.0.0.1:9/v1', model: 'gone', maxRetries: 0 };
    const project = await projectWith(200, { rungs: ['prompt', 'bag'] }, { upstreams: { gone } });
    const { report } = await project.climb();
    expect(report.notTried.find(({ rung }) => rung === 'prompt')).toMatchObject({ passing: true });
    expect(report.notTried.find(({ rung }) => rung === 'prompt')?.reason).toContain('gone');
    expect(await project.climb()).toMatchObject({ repeated: false });
    expect(namesOf(report)).toEqual(['bag', 'bag/words']);
  }, 60_000);
});

test('a candidate no better than always answering the commonest class is not served', async () => {
  const project = await projectWith(10);
  const examples = Array.from({ length: 80 }, (_, i) => ({
    input: `text number ${i}`,
    output: i % 2 === 0 ? 'x' : 'y',
    group: i % 2 === 0 ? 'a' : 'b',
  }));
  await writeFile(
    join(project.directory, 'data.jsonl'),
    examples.map((row) => `${JSON.stringify(row)}\n`).join(''),
  );
  const { report } = await project.climb();
  expect(report.choice.chosen).toBeNull();
  expect(report.choice.needed[0]).toMatch(/always answering ".+" reaches 50\.0 %/);
  expect(await project.models.live('topic')).toBeNull();
});

test('a part of the split that is empty is made up for by cross-validation', async () => {
  const project = await projectWith(1100, { rungs: ['bag'], columns: { group: 'group', split: 'part' } });
  const path = join(project.directory, 'data.jsonl');
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const parts = lines.map((line) => {
    const row = JSON.parse(line) as Row;
    return `${JSON.stringify({ ...row, part: row.group < 'd' ? 'test' : 'train' })}\n`;
  });
  await writeFile(path, parts.join(''));
  const { report } = await project.climb();
  expect(report.dataset.splits.validation).toBe(0);
  expect(report.protocol.kind).toBe('cross-validation');
  expect(report.choice.chosen).not.toBeNull();
}, 60_000);

test('another machine price is another climb', async () => {
  const project = await projectWith(1200, { rungs: ['bag'] });
  await project.climb();
  const priced = await openProject(project.directory, {
    config: { ...project.config, machine: { usdPerHour: 1 } },
  });
  const { report, repeated } = await priced.climb();
  await priced.close();
  expect(repeated).toBe(false);
  expect(report.candidates[0]!.measured.costPer1kUsd).toBeGreaterThan(0);
});

test('an interrupted climb is resumed by the same command', async () => {
  const project = await projectWith(1500);
  const controller = new AbortController();
  const stopAtFirst = (event: ClimbEvent): void => {
    if (event.type === 'candidate-evaluated') controller.abort();
  };
  const first = project.climb('topic', { signal: controller.signal, onEvent: stopAtFirst });
  await expect(first).rejects.toMatchObject({ code: 'climb/interrupted', exitCode: 130 });
  const events: ClimbEvent[] = [];
  const { report } = await project.climb('topic', { onEvent: (event) => events.push(event) });
  expect(events[0]).toMatchObject({ type: 'climb-start', resumed: true });
  expect(report.choice.chosen).not.toBeNull();
});

test('two climbs at once in one project: the second is told so', async () => {
  const project = await projectWith(1500);
  const first = project.climb();
  await expect(project.climb()).rejects.toMatchObject({ code: 'project/busy' });
  await first;
});

test.each([
  [
    'one class',
    [
      { input: 'a', output: 'x' },
      { input: 'b', output: 'x' },
    ],
    /two different outputs/,
  ],
  [
    'one group',
    Array.from({ length: 40 }, (_, i) => ({
      input: `text ${i}`,
      output: i % 2 === 0 ? 'x' : 'y',
      group: 'g',
    })),
    /group/,
  ],
])('%s cannot be learned from, and the message says why', async (_name, examples, message) => {
  const project = await projectWith(10);
  await writeFile(
    join(project.directory, 'data.jsonl'),
    examples.map((row) => `${JSON.stringify({ group: row.input, ...row })}\n`).join(''),
  );
  await expect(project.climb()).rejects.toThrow(message);
});
