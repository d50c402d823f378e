/**
 * How a store holds a million captures: `node bench/store/captures.ts [--count <n>] [--store sqlite|postgres|both] [--seed <n>] [--json]`.
 * Fills it as the gateway does (batches of 200, each on the disk before the next), then measures the first page of every
 * filter with and without contents, counts, tallies and deletions, and says how many bytes a capture takes.
 */
import { parseArgs } from 'node:util';
import type { Feedback } from '../../src/schema/feedback.ts';
import type { Store } from '../../src/store/store.ts';
import { wordNetWords } from './word-list.ts';
import { CallMaker } from './calls.ts';
import { type Contestant, postgresContestant, sqliteContestant } from './contestant.ts';
import { QUESTIONS } from './questions.ts';

const BATCH = 200;
const ROUNDS = 3;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    store: { type: 'string', default: 'both' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.count);
const makers = {
  sqlite: [sqliteContestant],
  postgres: [postgresContestant],
  both: [sqliteContestant, postgresContestant],
};
const chosen = makers[values.store as keyof typeof makers];
if (chosen === undefined || !Number.isSafeInteger(count))
  throw new Error('see the top of bench/store/captures.ts');

const results = [];
for (const make of chosen) {
  const contestant = await make();
  try {
    results.push(await measure(contestant));
  } finally {
    await contestant.dispose();
  }
}
if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);

type Result = Awaited<ReturnType<typeof measure>>;

async function measure(contestant: Contestant) {
  const filled = await fill(contestant);
  await contestant.settle();
  const sizes = await contestant.sizes();
  const bytes = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  const questions = await askAll(contestant);
  const others = await askOthers(contestant);
  const result = {
    store: contestant.name,
    count,
    ...filled,
    bytesPerCapture: bytes / count,
    sizes,
    questions,
    others,
  };
  if (!values.json) print(result);
  return result;
}

/** Writes the calls as they would come in; only the store's own time counts. */
async function fill(contestant: Contestant) {
  const store = await contestant.open();
  const maker = new CallMaker(Number(values.seed), await wordNetWords());
  let appendMs = 0;
  let feedbackMs = 0;
  let contentBytes = 0;
  let said = 0;
  for (let start = 0; start < count; start += BATCH) {
    const calls = Array.from({ length: Math.min(BATCH, count - start) }, (_, index) =>
      maker.call(start + index),
    );
    const feedback = calls
      .map((call, index) => maker.feedback(start + index, call))
      .filter((one): one is Feedback => one !== null);
    for (const { request, response } of calls) contentBytes += request.length + (response?.length ?? 0);
    said += feedback.length;
    appendMs += await timed(() => store.inferences.append(calls));
    feedbackMs += await timed(() => store.feedback.append(feedback));
    if (start % 100_000 === 0) process.stderr.write(`${contestant.name}: ${start} calls\n`);
  }
  await store.close();
  return {
    contentBytesPerCapture: contentBytes / count,
    appendMicrosecondsPerCapture: (1000 * appendMs) / count,
    feedbackMicrosecondsEach: (1000 * feedbackMs) / said,
  };
}

/** The first answer of a new connection, and the median of some more. */
async function askAll(contestant: Contestant) {
  const answers = [];
  for (const { name, filter, options } of QUESTIONS) {
    const page = await askOften(
      contestant,
      async (store) => (await store.inferences.page(filter, options)).rows.length,
    );
    const contents = await askOften(
      contestant,
      async (store) => (await store.inferences.pageWithFeedback(filter, options)).rows.length,
    );
    const counted = await askOften(contestant, (store) => store.inferences.count(filter));
    if (page.result !== Math.min(100, counted.result) || contents.result !== page.result) {
      throw new Error(`${contestant.name} contradicts itself: ${name}`);
    }
    answers.push({ name, page, contents, count: counted });
  }
  return answers;
}

async function askOthers(contestant: Contestant) {
  const day = new Date(Date.parse('2026-01-01T00:00:00Z') + (count - 17_280) * 5000).toISOString();
  return {
    'tally of the last day': await askOften(
      contestant,
      async (store) =>
        (await store.inferences.tally({ task: 'topic', since: day, slowerThanMs: 500 })).length,
    ),
    'tally of everything': await askOften(
      contestant,
      async (store) =>
        (await store.inferences.tally({ task: 'topic', since: '2026-01-01T00:00:00Z', slowerThanMs: 500 }))
          .length,
    ),
    'find by id in the answer': await askOften(contestant, async (store) =>
      (await store.inferences.find('chatcmpl-unknown')) === null ? 0 : 1,
    ),
    'delete 500 of a busy user': await askOften(contestant, (store) =>
      store.inferences.deleteSome({ user: 'user-0' }, 500),
    ),
    'delete the oldest 500': await askOften(contestant, (store) => store.inferences.deleteSome({}, 500)),
    scrub: await askOften(contestant, async (store) => (await store.scrub(), 0), 1),
  };
}

async function askOften(contestant: Contestant, ask: (store: Store) => Promise<number>, rounds = ROUNDS) {
  const store = await contestant.open();
  let result = 0;
  const milliseconds: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    milliseconds.push(
      await timed(async () => {
        result = await ask(store);
      }),
    );
  }
  await store.close();
  const [first, ...later] = milliseconds;
  return {
    result,
    firstMs: first!,
    medianMs: later.toSorted((a, b) => a - b)[Math.floor(later.length / 2)]!,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function print(result: Result): void {
  const lines = [
    `${result.store}, ${result.count} captures`,
    `contents ${result.contentBytesPerCapture.toFixed(0)} bytes each; on disk ${result.bytesPerCapture.toFixed(0)}`,
    `append ${result.appendMicrosecondsPerCapture.toFixed(1)} µs each, feedback ${result.feedbackMicrosecondsEach.toFixed(1)} µs each`,
    JSON.stringify(result.sizes),
    '',
    '| filter | rows | page ms (first) | with contents | count |',
    '|---|---|---|---|---|',
    ...result.questions.map(
      ({ name, page, contents, count }) =>
        `| ${name} | ${count.result} | ${shown(page)} | ${shown(contents)} | ${shown(count)} |`,
    ),
    ...Object.entries(result.others).map(
      ([name, answer]) => `| ${name} | ${answer.result} | ${shown(answer)} | | |`,
    ),
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function shown({ firstMs, medianMs }: { firstMs: number; medianMs: number }): string {
  return `${medianMs.toFixed(1)} (${firstMs.toFixed(1)})`;
}
