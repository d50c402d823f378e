import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readWordnetExamples } from '../../../scripts/wordnet-examples.ts';
import { startStandIn } from '../../../test/stand-in/stand-in-for-a-rented-model.ts';
import { type CallFacts, capturedCall, feedbackOn } from '../../../test/support/captured-call.ts';
import { openDatasetVersion } from '../../data/dataset-version.ts';
import { renderReportTable } from '../../evaluate/report/render-report-table.ts';
import { captured } from '../../schema/captured-source.ts';
import type { ErasureRecord } from '../../schema/erasure.ts';
import type { Inference } from '../../schema/inference.ts';
import type { Report } from '../../schema/report.ts';
import { acquireProcessLock } from '../../store/sqlite/process-lock.ts';
import { openCapture } from '../../store/capture/open-capture.ts';
import { sha256 } from '../../util/content-hash.ts';
import { filesUnder } from '../../util/files-under.ts';
import { openProject, type Project } from '../project.ts';
import { resumeErasures } from './erase-subject.ts';

const USER = 'user-to-erase-4711';
const TOPICS = ['noun.animal', 'noun.food'];
const CALLS = 1100;

/** Texts of the erased user: plain, with what JSON and HTML escape, over several lines, and long. */
function textsOf(definition: string, index: number): string {
  const mark = `private note ${index} of mine`;
  const shapes = [
    `${definition}, ${mark}`,
    `"${definition}" <${mark}> & 'more' \\ tab\tend`,
    `${definition}\n\n${mark}\nand 🙂`,
    `${definition}; ${mark}; ${'word after word '.repeat(30)}`,
    `${definition}; ${mark}; ${'a very long story '.repeat(150)}`,
  ];
  return shapes[index % shapes.length]!;
}

interface Corpus {
  calls: Inference[];
  feedback: ReturnType<typeof feedbackOn>[];
  labels: Map<string, string>;
  theirs: string[];
}

/** Real definitions as calls of 200 users, of which every sixtieth is one user's with texts that nobody else sent. */
async function corpusOf(): Promise<Corpus> {
  const left = new Map(TOPICS.map((topic) => [topic, CALLS / 2]));
  const corpus: Corpus = { calls: [], feedback: [], labels: new Map(), theirs: [] };
  let number = 0;
  for await (const { input: definition, output } of readWordnetExamples()) {
    if ((left.get(output) ?? 0) === 0 || corpus.labels.has(definition)) continue;
    left.set(output, left.get(output)! - 1);
    number += 1;
    const isTheirs = number % 20 === 0;
    const input = isTheirs ? textsOf(definition, number / 20) : definition;
    if (isTheirs) corpus.theirs.push(input);
    const facts: CallFacts = {
      input,
      label: output,
      user: isTheirs ? USER : `user-${number % 200}`,
      group: isTheirs ? `conversation-${number}` : null,
    };
    corpus.calls.push(capturedCall(number, facts));
    corpus.labels.set(input, output);
    // One in a hundred is not labelled, and one in fifty was contradicted.
    if (number % 100 !== 0)
      corpus.feedback.push(feedbackOn(number, { kind: 'accepted' }, { by: facts.user ?? null }));
    if (number % 60 === 0) {
      const again = capturedCall(10_000 + number, {
        ...facts,
        label: TOPICS.find((topic) => topic !== output)!,
      });
      corpus.calls.push(again);
      corpus.feedback.push(feedbackOn(10_000 + number, { kind: 'accepted' }));
    }
  }
  return corpus;
}

let project: Project;
let corpus: Corpus;
beforeEach(async () => {
  corpus = await corpusOf();
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-erasure-'));
  const standIn = await startStandIn({
    goldLabels: corpus.labels,
    labels: TOPICS,
    errorRate: 0.1,
    delayMs: 1,
  });
  project = await openProject(directory, {
    config: {
      tasks: { topic: { kind: 'classify', data: captured(), rungs: ['prompt', 'few-shot', 'bag', 'blend'] } },
      upstreams: {
        main: {
          baseUrl: standIn.baseUrl,
          model: 'stand-in',
          requestsPerMinute: 1e6,
          concurrency: 8,
          price: { inputPer1mUsd: 1, outputPer1mUsd: 1 },
        },
      },
    },
  });
  await project.store.inferences.append(corpus.calls);
  await project.store.feedback.append(corpus.feedback);
  onTestFinished(async () => {
    await project.close();
    await standIn.close();
    await rm(directory, { recursive: true, force: true });
  });
});

/** Files under the project that hold the user's name or a text of theirs, raw or as JSON or HTML has it: found without code of ours. */
async function filesWithTraces(): Promise<string[]> {
  const needles = [USER, ...corpus.theirs].flatMap((text) => {
    const json = JSON.stringify(text).slice(1, -1);
    const html = text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;');
    return [text, json, JSON.stringify(json).slice(1, -1), html].map((form) => Buffer.from(form));
  });
  const marks = [/private note \d+ of mine/u];
  const found: string[] = [];
  for await (const path of filesUnder(project.directory)) {
    const bytes = await readFile(path);
    const isFound =
      needles.some((needle) => bytes.includes(needle)) ||
      marks.some((mark) => mark.test(bytes.toString('latin1')));
    if (isFound) found.push(relative(project.directory, path));
  }
  return found;
}

async function filesAndHashes(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const path of filesUnder(project.directory)) {
    const name = relative(project.directory, path);
    if (!/store\.db-|erasures/u.test(name)) files[name] = sha256(await readFile(path));
  }
  return files;
}

const erase = (options: { dryRun?: boolean } = {}): Promise<ErasureRecord> =>
  project.erase({ subject: { kind: 'user', id: USER }, by: 'test', ...options });

/** What interrupted work and killed servers leave behind. */
async function plantLeftovers(): Promise<void> {
  const home = project.homegrownDirectory;
  const text = corpus.theirs[1]!;
  const plant = async (path: string, content: string): Promise<void> => {
    await mkdir(join(home, path, '..'), { recursive: true });
    await writeFile(join(home, path), content);
  };
  const row = JSON.stringify(['0011223344556677', text, 'noun.food', USER]);
  await plant('datasets/.build-00000000-999999-0123456789ab.tmp/rows-3', `${row}\n`);
  await plant('reports/topic/.report.json.999999-0badcafe.tmp', JSON.stringify({ input: text }));
  await plant('models/topic/.incoming-999999-0badcafe/examples.jsonl', JSON.stringify({ input: text }));
  await plant('runs/train-x/samples.jsonl', JSON.stringify({ step: 10, sample: text }));
  await plant(
    'capture/1/set-aside/inf_x.json',
    JSON.stringify({ request: JSON.stringify({ content: text }) }),
  );
  await writeFile(join(project.directory, 'mine.csv'), `text,team\n"${text.replaceAll('"', '""')}",food\n`);
}

/** A call that a server, killed right after it, has in its journal alone. */
async function plantJournal(): Promise<void> {
  const directory = join(project.homegrownDirectory, 'capture');
  const nowhere = { kind: 'sqlite' as const, path: join(directory, 'not-a-folder', '\0') };
  const config = { ...project.config.capture, mode: 'sync' as const };
  const capture = await openCapture({ directory, store: nowhere, config });
  const { request, response, ...summary } = capturedCall(20_000, { input: corpus.theirs[0]!, user: USER });
  await capture.record({
    summary,
    request: Buffer.from(request),
    response: [Buffer.from(response!)],
    isEventStream: false,
  });
  await capture.close();
}

/** Registers the climb's few-shot candidate, which shows examples, and makes it live. */
async function serveFewShot({ run }: Report): Promise<void> {
  const directory = join(project.runsDirectory, run, 'scopes', 'final', 'candidates', 'few-shot');
  const { version } = await project.models.register({ directory, task: 'topic', evaluation: null });
  await project.models.promote('topic', version, { by: 'test' });
}

describe('erasing a user', () => {
  test(
    'leaves no trace in any file or in the database, and says what it did',
    { timeout: 180_000 },
    async () => {
      const { report } = await project.climb();
      await serveFewShot(report);
      await plantLeftovers();
      await plantJournal();
      await project.store.scrub();
      const areas = new Set((await filesWithTraces()).map((path) => path.split('/').slice(0, 2).join('/')));
      expect([...areas].toSorted()).toEqual([
        '.homegrown/capture',
        '.homegrown/datasets',
        '.homegrown/models',
        '.homegrown/reports',
        '.homegrown/runs',
        '.homegrown/store.db',
        'mine.csv',
      ]);

      const before = await filesAndHashes();
      const dry = await erase({ dryRun: true });
      expect(await filesAndHashes()).toEqual(before);
      expect(await project.store.inferences.count({ user: USER })).toBeGreaterThan(0);

      const record = await erase();
      expect(await filesWithTraces()).toEqual(['mine.csv']);
      const { hash } = report.dataset;
      const [rewritten] = record.datasets;
      expect(record).toMatchObject({
        // Theirs, those that contradicted them, and the one in the journal.
        captures: 55 + 18 + 1,
        datasets: [{ hash, rewrittenAs: expect.any(String) }],
        models: [{ task: 'topic', version: 2, replacedBy: 3 }],
        reports: [{ task: 'topic', run: report.run }],
        trainedOn: [1, 2, 3].map((version) => ({ task: 'topic', version, dataset: hash })),
        subject: { kind: 'user', hash: expect.stringMatching(/^[0-9a-f]{64}$/u) },
        yours: ['mine.csv'],
      });
      expect(rewritten!.examples).toBeGreaterThan(30);
      expect(record.cachedCalls).toBeGreaterThan(30);
      expect(dry).toMatchObject({ dryRun: true, cachedCalls: record.cachedCalls, yours: record.yours });
      expect(dry.captures).toBe(record.captures - 1);
      expect(dry.models.map(({ examples }) => examples)).toEqual(
        record.models.map(({ examples }) => examples),
      );
      expect(await project.store.erasures.list()).toEqual([record]);

      await expect(openDatasetVersion(join(project.datasetsDirectory, hash))).rejects.toMatchObject({
        code: 'data/erased-version',
      });
      const rest = await project.buildDataset();
      expect(rest.manifest.hash).toBe(rewritten!.rewrittenAs);
      expect(rest.manifest.examples).toBe(report.dataset.examples - rewritten!.examples);
      const { report: cleaned } = await project.report();
      expect(cleaned.erased).toEqual([
        { at: record.startedAt, examples: rewritten!.examples, rewrittenAs: rewritten!.rewrittenAs },
      ]);
      expect(renderReportTable(cleaned)).toContain('no longer reproducible');

      expect(await project.models.live('topic')).toBe(3);
      const predictor = await project.predictor('topic');
      const [answer] = await predictor.predict([corpus.calls[0]!.request.slice(0, 200)]);
      expect(answer).toHaveProperty('label');
      await predictor.close();
      await expect(project.predictor('topic', 2)).rejects.toMatchObject({ code: 'registry/erased-model' });
      expect(await project.models.rollback('topic', { by: 'test' })).toMatchObject({
        version: 1,
        previous: 3,
      });

      const again = await erase();
      expect(again).toMatchObject({
        captures: 0,
        feedback: 0,
        datasets: [],
        cachedCalls: 0,
        models: [],
        reports: [],
      });
      expect(again.subject).toEqual(record.subject);
    },
  );

  test('during a climb waits for its end, and the wish is kept', async () => {
    const home = project.homegrownDirectory;
    const lock = await acquireProcessLock(join(home, 'climb.lock'), { holder: 'climb' });
    await expect(erase()).rejects.toMatchObject({ code: 'project/busy' });
    lock.release();
    await expect(project.buildDataset()).rejects.toMatchObject({ code: 'data/erased-meanwhile' });
    const [record] = await resumeErasures(project);
    expect(record).toMatchObject({ captures: 73, by: 'test' });
    expect(await filesWithTraces()).toEqual([]);
    expect((await project.buildDataset()).manifest.examples).toBeGreaterThan(900);
  });
});

test('erasing a group leaves others’ calls, and files that would bring examples back are refused', async () => {
  const acme = [1, 2, 3].map((number) =>
    capturedCall(30_000 + number, {
      input: `acme text number ${number}`,
      group: 'acme-company',
      user: `a${number}`,
    }),
  );
  await project.store.inferences.append(acme);
  await project.store.feedback.append(
    [1, 2, 3].map((number) => feedbackOn(30_000 + number, { kind: 'accepted' })),
  );
  const before = await project.buildDataset();
  const path = join(project.directory, 'copy.jsonl');
  await project.exportDataset(before.manifest.hash, path);
  const record = await project.erase({ subject: { kind: 'group', id: 'acme-company' }, by: 'test' });
  expect(record).toMatchObject({
    captures: 3,
    datasets: [{ hash: before.manifest.hash, examples: 3 }],
    yours: ['copy.jsonl'],
  });
  expect(await project.store.inferences.count({ user: USER })).toBe(73);
  expect((await project.buildDataset()).manifest.hash).toBe(record.datasets[0]!.rewrittenAs);
});
