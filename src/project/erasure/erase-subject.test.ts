import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  type Corpus,
  erasureCorpus,
  filesWithTraces,
  plantLeftovers,
  TOPICS,
  USER,
} from '../../../test/support/erasure-corpus.ts';
import { startStandIn } from '../../../test/stand-in/stand-in-for-a-rented-model.ts';
import { capturedCall, feedbackOn } from '../../../test/support/captured-call.ts';
import { openDatasetVersion } from '../../data/dataset-version.ts';
import { renderReportTable } from '../../evaluate/report/render-report-table.ts';
import { captured } from '../../schema/captured-source.ts';
import type { ErasureRecord } from '../../schema/erasure.ts';
import type { Report } from '../../schema/report.ts';
import { acquireProcessLock } from '../../store/sqlite/process-lock.ts';
import { openCapture } from '../../store/capture/open-capture.ts';
import { sha256 } from '../../util/content-hash.ts';
import { filesUnder } from '../../util/files-under.ts';
import { openProject, type Project } from '../project.ts';
import { resumeErasures } from './erase-subject.ts';

let project: Project;
let corpus: Corpus;
beforeEach(async () => {
  corpus = await erasureCorpus(1100);
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
      await plantLeftovers(project.directory, corpus.theirs[1]!);
      await plantJournal();
      await project.store.scrub();
      const areas = new Set(
        (await filesWithTraces(project.directory, corpus)).map((path) =>
          path.split('/').slice(0, 2).join('/'),
        ),
      );
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
      expect(await filesWithTraces(project.directory, corpus)).toEqual(['mine.csv']);
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
      expect(dry).toMatchObject({ runFiles: record.runFiles, temporaryFiles: record.temporaryFiles });
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
    await expect(project.buildDataset()).rejects.toMatchObject({
      code: 'data/erasure-unfinished',
      hint: expect.stringContaining('homegrown data erase'),
    });
    const [record] = await resumeErasures(project);
    expect(record).toMatchObject({ captures: 73, by: 'test' });
    expect(await filesWithTraces(project.directory, corpus)).toEqual([]);
    expect((await project.buildDataset()).manifest.examples).toBeGreaterThan(900);
  });
});

test('nobody can be erased only by a name', async () => {
  const nobody = project.erase({ subject: { kind: 'user', id: '' }, by: 'test' });
  await expect(nobody).rejects.toMatchObject({ code: 'erasure/no-subject' });
  expect(await resumeErasures(project)).toEqual([]);
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
