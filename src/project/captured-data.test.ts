import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { capturedCall, feedbackOn } from '../../test/support/captured-call.ts';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { captured } from '../schema/captured-source.ts';
import type { CapturedOptions } from '../schema/captured-source.ts';
import type { ConfigInput } from '../schema/config.ts';
import { renderReportTable } from '../evaluate/report/render-report-table.ts';
import { openProject, type Project } from './project.ts';

async function projectWith(options: CapturedOptions, capture: ConfigInput['capture'] = {}): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-captured-'));
  const config = {
    capture,
    tasks: { topic: { kind: 'classify' as const, data: captured(options), rungs: ['bag' as const] } },
  };
  const project = await openProject(directory, { config });
  onTestFinished(async () => {
    await project.close();
    await rm(directory, { recursive: true });
  });
  return project;
}

/** Real sentences as calls that an incumbent answered, one in ten wrongly, which humans corrected where `reviewed`. */
async function fill({ store }: Project, { reviewed }: { reviewed: boolean }): Promise<void> {
  const left = new Map([
    ['noun.animal', 750],
    ['noun.food', 750],
  ]);
  let number = 0;
  const calls = [];
  const feedback = [];
  for await (const { input, output } of readWordnetExamples()) {
    if ((left.get(output) ?? 0) === 0) continue;
    left.set(output, left.get(output)! - 1);
    number += 1;
    const isRight = number % 10 !== 0;
    const label = isRight ? output : output === 'noun.food' ? 'noun.animal' : 'noun.food';
    calls.push(capturedCall(number, { input, label, user: `user-${number % 300}` }));
    feedback.push(feedbackOn(number, isRight ? { kind: 'accepted' } : { kind: 'corrected', output }));
  }
  await store.inferences.append(calls);
  if (reviewed) await store.feedback.append(feedback);
}

test('a climb on captured calls: their corrected labels are what is learned', async () => {
  const project = await projectWith({});
  await fill(project, { reviewed: true });
  const { report } = await project.climb();
  expect(report.dataset.sources).toMatchObject([
    { file: 'captured(topic)', format: 'captured', labels: { accepted: 1350, corrected: 150 } },
  ]);
  expect(report.choice.chosen).toMatch(/^bag/u);
  expect(report.choice.quality!.value).toBeGreaterThan(0.8);
  expect(renderReportTable(report)).not.toContain('Labels ');
  const [model] = await project.models.list('topic');
  expect(model?.manifest.lineage.captured).toEqual({
    unreviewedLabels: 0,
    redaction: { kinds: ['card', 'email', 'iban', 'key', 'phone'], ownFunction: false },
  });
});

test('a climb on answers nobody looked at says so in the report and in the model', async () => {
  const project = await projectWith({ unreviewed: true });
  await fill(project, { reviewed: false });
  const { report, directory } = await project.climb();
  const [model] = await project.models.list('topic');
  const count = model?.manifest.lineage.captured?.unreviewedLabels;
  expect(count).toBe(1500);
  expect(renderReportTable(report)).toMatch(/Labels +1,500 of 1,500 labels are answers of an upstream/u);
  expect(await readFile(join(directory, 'report.html'), 'utf8')).toContain(
    '1,500 of 1,500 labels are answers of an upstream',
  );
});

test('a model of redacted calls sees its inputs redacted in the same way, wherever it answers', async () => {
  const project = await projectWith({}, { redactText: (text) => text.replaceAll('Acme', '[customer]') });
  const calls = Array.from({ length: 400 }, (_, index) =>
    capturedCall(index, {
      input: index % 2 === 0 ? `text ${index} of [email]` : `text ${index} of [customer]`,
      label: index % 2 === 0 ? 'mail' : 'order',
    }),
  );
  await project.store.inferences.append(calls);
  await project.store.feedback.append(calls.map((_, index) => feedbackOn(index, { kind: 'accepted' })));
  await project.climb();
  const predictor = await project.predictor('topic');
  onTestFinished(() => predictor.close());
  expect(predictor.manifest.lineage.captured?.redaction).toMatchObject({ ownFunction: true });
  const inputs = ['text of ann@example.org', 'text of Acme', 'text of [email]', 'text of [customer]'];
  const [address, customer, ...redacted] = await predictor.predict(inputs);
  expect([address, customer]).toEqual(redacted);
  expect([address?.label, customer?.label]).toEqual(['mail', 'order']);
});
