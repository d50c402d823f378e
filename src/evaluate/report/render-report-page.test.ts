import { describe, expect, test } from 'vitest';
import { PAGE_FIXTURES } from '../../../test/browser/page-fixtures.ts';
import { makeReport } from '../../../test/browser/report-fixture.ts';
import type { Report } from '../../schema/report.ts';
import { renderReportPage } from './render-report-page.ts';

const LARGEST_PAGE_BYTES = 1_000_000;

describe.each(Object.entries(PAGE_FIXTURES))('%s', (name, options) => {
  const page = renderReportPage(makeReport(options));

  test('says nothing like NaN, undefined or null', () => {
    const text = textOf(page).replaceAll(name === 'hostile' ? 'undefined' : '\0', '');
    expect(text).not.toMatch(/\b(?:NaN|undefined|null|Infinity)\b|\[object/);
    expect(page).not.toMatch(/="[^"]*(?:NaN|undefined|Infinity|unknown \d)/);
  });

  test('is one file: no address to load from, and its own script alone', () => {
    expect(page).not.toMatch(
      /<(?:link|script|img|iframe|object|embed|use|image)[^>]*(?:src|href)="(?!data:)/i,
    );
    expect(page).not.toMatch(/url\(|@import/);
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page).toContain("default-src 'none'");
  });

  test('is bounded in size and well-formed Unicode without control characters', () => {
    expect(Buffer.byteLength(page)).toBeLessThan(LARGEST_PAGE_BYTES);
    expect(page.isWellFormed()).toBe(true);
    expect(page.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  });

  test('opens and closes the same elements', () => {
    const markup = page.replaceAll(/<(?:style|script)>[^]*?<\/(?:style|script)>/g, '');
    for (const element of [
      'div',
      'table',
      'tr',
      'td',
      'th',
      'svg',
      'g',
      'text',
      'section',
      'details',
      'bdi',
      'dl',
      'ul',
    ]) {
      const opened = markup.match(new RegExp(`<${element}[\\s>]`, 'g'))?.length ?? 0;
      const closed = markup.match(new RegExp(`</${element}\\s*>`, 'g'))?.length ?? 0;
      expect(`${element} ${opened}`).toBe(`${element} ${closed}`);
    }
  });
});

test('says what was chosen and what it means for a hundred new inputs', () => {
  const text = textOf(renderReportPage(makeReport()));
  expect(text).toContain('bag is right 76.8 % of the time');
  expect(text).toContain('Of 100 new inputs about 77 would be right (76 to 78)');
});

test('a hostile label never becomes markup', () => {
  const page = renderReportPage(makeReport({ hostile: true, classes: 24, candidates: 8 }));
  expect(page).not.toContain('<img');
  expect(page).not.toContain('<script>document');
  expect(page).not.toContain('</textarea>');
  expect(page).not.toContain('<a href="https');
  expect(page).toContain('&lt;script&gt;document.title=&quot;owned&quot;');
  expect(page).toContain('nul␀ esc␛[31m');
  expect(page).toContain('[U+202E]gnp.exe');
});

test('a report of the largest kind stays bounded and says what it left out', () => {
  const page = renderReportPage(makeReport({ classes: 500, candidates: 8, hostile: true }));
  expect(Buffer.byteLength(page)).toBeLessThan(LARGEST_PAGE_BYTES * 1.5);
  expect(textOf(page)).toContain('450 classes are left out');
  expect(textOf(page)).toContain('400 more classes');
});

test('huge lists and texts everywhere stay bounded', () => {
  const report = makeReport({ classes: 60, candidates: 8 });
  const page = renderReportPage(inflate(report));
  expect(Buffer.byteLength(page)).toBeLessThan(3_000_000);
});

test('what is unknown is called unknown', () => {
  const report = makeReport({ candidates: 1, costs: 'unknown' });
  report.candidates[0]!.measured.latency = null;
  const text = textOf(renderReportPage(report));
  expect(text).toMatch(/p95 latency\s+unknown/);
  expect(text).toMatch(/cost per 1,000 calls\s+unknown/);
  expect(text).toContain('No cost is known. Set machine.usdPerHour');
  expect(text).toContain('No latency was measured.');
  expect(text).not.toContain('$0 ');
});

test('when nothing passed it leads with what is needed', () => {
  const text = textOf(
    renderReportPage(makeReport({ outcome: 'nothing-passed', crossValidation: true, examples: 312 })),
  );
  expect(text).toContain('No candidate passed yet');
  expect(text).toContain('About 1,900 more labelled examples');
  expect(text).toContain('grouped cross-validation (5 folds, repeated 4 times)');
});

test('the same report gives the same page', () => {
  expect(renderReportPage(makeReport())).toBe(renderReportPage(makeReport()));
});

/** What a reader sees, roughly: without elements, scripts and styles. */
function textOf(page: string): string {
  return page
    .replaceAll(/<(?:style|script)>[^]*?<\/(?:style|script)>/g, ' ')
    .replaceAll(/<\/?(?:bdi|span|b|i|small|strong|em|sup)\b[^>]*>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

/** Makes every list and text of a report far longer than any sane one. */
function inflate(report: Report): Report {
  const long = 'long <b>text</b> '.repeat(20_000);
  const [first] = report.candidates;
  return {
    ...report,
    task: long,
    candidates: Array.from({ length: 60 }, (_, index) => ({
      ...first!,
      name: `${long}${index}`,
      limitViolations: Array.from({ length: 100 }, () => long),
      errors: Array.from({ length: 500 }, () => ({
        input: long,
        expected: long,
        predicted: long,
        confidence: 0.5,
      })),
      manifest: { ...first!.manifest, notes: Array.from({ length: 200 }, () => long), settings: { long } },
    })),
    choice: {
      ...report.choice,
      reasons: Array.from({ length: 200 }, () => long),
      needed: Array.from({ length: 200 }, () => long),
    },
    dataset: {
      ...report.dataset,
      curation: report.dataset.curation.map((finding) => ({
        ...finding,
        message: long,
        samples: Array.from({ length: 10 }, () => long),
      })),
      sources: Array.from({ length: 5000 }, () => ({ ...report.dataset.sources[0]!, file: long })),
    },
  };
}
