import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sampleSummary } from '../../test/support/sample-call.ts';
import { openProject, type Project } from './project.ts';

async function projectWithCall(): Promise<{ project: Project; file: string; id: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'feedback-import-'));
  const config = { tasks: { topic: { kind: 'classify' as const, data: 'data.jsonl' } } };
  const project = await openProject(directory, { config });
  onTestFinished(async () => {
    await project.close();
    await rm(directory, { recursive: true, force: true });
  });
  const summary = sampleSummary();
  await project.store.inferences.append([{ ...summary, request: '{}', response: '{}' }]);
  return { project, file: join(directory, 'feedback.jsonl'), id: summary.id };
}

const lines = (entries: readonly unknown[]): string =>
  entries.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry))).join('\n');

test('a file counts once however often it is imported, and is redacted', async () => {
  const { project, file, id } = await projectWithCall();
  const entries = [
    { inference: id, kind: 'accepted', at: '2026-01-01T12:00:00+02:00' },
    '',
    { inference: id, kind: 'corrected', output: 'ask jane@example.com', comment: 'or +49 30 1234567' },
    { id: 'own', inference: 'inf_later', kind: 'score', score: 1 },
    ...Array.from({ length: 1200 }, (_, index) => ({ inference: `inf_${index}`, kind: 'rejected' })),
  ];
  await writeFile(file, lines(entries));
  expect(await project.importFeedback(file)).toEqual({
    read: 1203,
    new: 1203,
    repeated: 0,
    waiting: 1201,
    skipped: 0,
    problems: [],
  });
  expect(await project.importFeedback(file)).toMatchObject({ read: 1203, new: 0, repeated: 1203 });
  expect((await project.captures.show(id)).feedback).toMatchObject([
    { kind: 'accepted', at: '2026-01-01T10:00:00.000Z' },
    { kind: 'corrected', output: 'ask [email]', comment: 'or [phone]' },
  ]);
  expect(await project.store.feedback.of('inf_later')).toMatchObject([{ id: 'own' }]);
});

test('wrong lines stop everything and are all named, or are left out', async () => {
  const { project, file, id } = await projectWithCall();
  await writeFile(
    file,
    lines([
      { inference: id, kind: 'accepted' },
      '{',
      { inference: id, kind: 'liked' },
      { kind: 'edited', colour: 1 },
    ]),
  );
  const failure = await project.importFeedback(file).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'feedback/wrong-lines', exitCode: 2 });
  expect((failure as Error).message.split('\n').slice(1)).toMatchInlineSnapshot(`
    [
      "  line 2: is no JSON",
      "  line 3: kind: expected accepted, edited, rejected, corrected or score",
      "  line 4: inference: expected string, received undefined; output: expected a value, any JSON; Unrecognized key: "colour"",
    ]
  `);
  expect((await project.captures.show(id)).feedback).toEqual([]);
  expect(await project.importFeedback(file, { skipBad: true })).toMatchObject({
    read: 1,
    new: 1,
    skipped: 3,
  });
  await expect(project.importFeedback('absent.jsonl')).rejects.toMatchObject({ code: 'feedback/no-input' });
  await expect(project.captures.show('inf_none')).rejects.toMatchObject({ code: 'captures/unknown' });
});

test('a byte order mark is no part of the first entry, and a directory is no file', async () => {
  const { project, file, id } = await projectWithCall();
  await writeFile(file, `\ufeff${lines([{ inference: id, kind: 'accepted' }])}`);
  expect(await project.importFeedback(file)).toMatchObject({ read: 1, new: 1, waiting: 0 });
  await expect(project.importFeedback(tmpdir())).rejects.toMatchObject({
    code: 'feedback/no-input',
    message: `${tmpdir()}: is a directory`,
    exitCode: 2,
  });
});
