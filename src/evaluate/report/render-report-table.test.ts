import { describe, expect, test } from 'vitest';
import type { FixtureOptions } from '../../../test/browser/fixture-options.ts';
import { makeReport } from '../../../test/browser/report-fixture.ts';
import { reportSchema } from '../../schema/report.ts';
import { renderReportTable } from './render-report-table.ts';
import { displayWidth } from '../../util/terminal-layout.ts';

const VARIANTS: Record<string, Partial<FixtureOptions>> = {
  'two classes, eight candidates': { classes: 2, candidates: 8, costs: 'known' },
  'demo-like': {},
  '500 classes': { classes: 500 },
  'one candidate, costs unknown': { candidates: 1, costs: 'unknown' },
  'cross-validation, nothing passed': {
    crossValidation: true,
    examples: 312,
    classes: 5,
    outcome: 'nothing-passed',
  },
  'baseline only': { candidates: 0, outcome: 'nothing-passed' },
  hostile: { hostile: true, classes: 20, candidates: 8 },
};

describe.each(Object.entries(VARIANTS))('%s', (_name, options) => {
  const report = makeReport(options);
  const table = renderReportTable(report);

  test('fits 100 columns and says nothing like NaN', () => {
    expect(reportSchema.safeParse(report).error).toBeUndefined();
    expect(Math.max(...table.split('\n').map(displayWidth))).toBeLessThanOrEqual(100);
    expect(table.replaceAll('undefined', options.hostile ? '' : 'undefined')).not.toMatch(
      /NaN|undefined|null|Infinity|\[object/,
    );
    expect(table.length).toBeLessThan(20_000);
  });

  test('has no character that moves the cursor or reorders text', () => {
    expect(table.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(table.isWellFormed()).toBe(true);
  });
});

test('marks the chosen candidate and shows both splits, the paired difference, speed and cost', () => {
  const table = renderReportTable(makeReport());
  expect(table).toMatch(
    /▸ bag +\d\d\.\d % \(\d\d\.\d to \d\d\.\d\) +\d\d\.\d % \(\d\d\.\d to \d\d\.\d\) +\S+ \(\S+ to \S+\) as good/,
  );
  expect(table).toMatch(/blend .* best\n/);
  expect(table).toMatch(/▸ bag +42 µs +80 µs +<\$0\.0001 +9\.4 MB +12 s +yes/);
  expect(table).toMatch(/always "noun\.artif/);
  expect(table).toContain('on one held-out set of 9,515 examples that nobody trained or chose on');
});

test('an unknown cost and an unknown latency are called unknown, with the reason', () => {
  const report = makeReport({ candidates: 1, costs: 'unknown' });
  report.candidates[0]!.measured.latency = null;
  const table = renderReportTable(report);
  expect(table).toMatch(/▸ bag +unknown +unknown +unknown +9\.4 MB/);
  expect(table).toContain('bag: Cost unknown: no machine price is set');
});

test('says why a rung was not tried and what would change that', () => {
  const table = renderReportTable(makeReport({ candidates: 1 }));
  expect(table.replaceAll(/\s+/g, ' ')).toContain(
    'prompt, few-shot: no upstream is configured → Add one under upstreams in homegrown.config.ts.',
  );
});

test('when nothing passed it says what is needed', () => {
  const table = renderReportTable(
    makeReport({ outcome: 'nothing-passed', crossValidation: true, examples: 312 }),
  );
  expect(table).toContain('Chosen    none: no candidate passed');
  expect(table).toMatch(/Needed +- About 1,900 more labelled examples/);
  expect(table).toContain('because there are');
});
