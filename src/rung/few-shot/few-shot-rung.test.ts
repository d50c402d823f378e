import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench, type SplitExamples, wordnetExamples } from '../../../test/stand-in/rung-against-stand-in.ts';
import { type StandIn, startStandIn } from '../../../test/stand-in/stand-in-for-a-rented-model.ts';
import { readShownExamples } from '../../predictor/prompt/prompt-file.ts';
import { fewShotRung } from './few-shot-rung.ts';

const LABELS = ['noun.animal', 'noun.artifact', 'noun.food', 'noun.person', 'noun.plant', 'verb.motion'];

let data: SplitExamples;
let standIn: StandIn;

beforeAll(async () => {
  data = await wordnetExamples(400, LABELS);
  standIn = await startStandIn({ goldLabels: data.gold, labels: LABELS, errorRate: 0.1 });
});
afterAll(() => standIn.close());

function upstream(server: StandIn): {
  main: { baseUrl: string; model: string; requestsPerMinute: number; concurrency: number };
} {
  return { main: { baseUrl: server.baseUrl, model: 'stand-in', requestsPerMinute: 60_000, concurrency: 8 } };
}

test('shows the chosen number of training examples with their labels, the nearest last', async () => {
  const instruction = 'What kind of thing is defined?';
  const { context, saved, load } = await bench({
    data,
    upstreams: upstream(standIn),
    rung: 'few-shot',
    instruction,
  });
  await fewShotRung.build(context);
  const { directory, manifest } = saved.get('few-shot')!;
  expect(Object.keys(manifest.files).toSorted()).toEqual(['examples.jsonl', 'prompt.json']);
  expect(manifest.lineage.trainedOn).toBe(data.train.length);
  expect(manifest.notes.join(' ')).toMatch(
    /Right of 40 tuning examples: 4 nearest \d+, 8 nearest \d+, 16 nearest \d+; took/,
  );
  expect(await readShownExamples(directory)).toEqual(
    data.train.map(({ input, output }) => ({ input, output })),
  );

  const example = data.train[17]!;
  const predictor = await load('few-shot');
  await predictor.predict([example.input], { fresh: true });
  const { messages } = standIn.requests.at(-1)!.body;
  expect(messages[0]!.content.startsWith(instruction)).toBe(true);
  for (const label of LABELS) expect(messages[0]!.content).toContain(`- ${label}\n`.trimEnd());
  const turns = messages.slice(1, -1);
  expect(turns).toHaveLength(2 * Number(manifest.settings['shots']));
  expect(turns.at(-1)).toEqual({ role: 'assistant', content: example.output });
  expect(turns.at(-2)?.content).toContain(example.input);
  for (let turn = 0; turn < turns.length; turn += 2) {
    const shown = data.train.find(({ input }) => turns[turn]!.content.includes(`\n${input}\n`));
    expect(turns[turn + 1]!.content).toBe(shown?.output);
  }
});

test('works with fewer training examples than it would like to show', async () => {
  const tiny = { ...data, train: data.train.slice(0, 3), validation: [] };
  const { context, saved, load } = await bench({
    data: tiny,
    upstreams: upstream(standIn),
    rung: 'few-shot',
  });
  await fewShotRung.build(context);
  expect(saved.get('few-shot')!.manifest).toMatchObject({
    settings: { shots: 3 },
    lineage: { trainedOn: 3 },
  });
  const [answer] = await (await load('few-shot')).predict([data.heldOut[0]!.input]);
  expect(answer!.label).not.toBeNull();
  expect(answer!.probabilities).toBeNull();
});

test('keeps 20,000 of more examples, evenly over the labels, and says so', async () => {
  const many = await wordnetExamples(40_000, [
    ...LABELS,
    'noun.act',
    'noun.attribute',
    'noun.state',
    'verb.change',
    'noun.communication',
  ]);
  expect(many.train.length).toBeGreaterThan(21_000);
  const server = await startStandIn({ goldLabels: () => 'noun.animal', labels: many.labels, errorRate: 0 });
  const { context, saved } = await bench({ data: many, upstreams: upstream(server), rung: 'few-shot' });
  await fewShotRung.build(context);
  await server.close();
  const { directory, manifest } = saved.get('few-shot')!;
  expect(manifest.lineage.trainedOn).toBe(20_000);
  expect(manifest.notes.join(' ')).toContain(
    `Shows examples from 20000 of ${many.train.length} training examples`,
  );
  const lines = (await readFile(join(directory, 'examples.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(20_000);
});
