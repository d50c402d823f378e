/**
 * Looks at report pages in Chromium: fixtures, and any page whose path is given. Fails on console errors, requests that leave the
 * page, sideways scrolling, tiny text and overlapping labels. Needs a Chromium (`CHROMIUM`, default /usr/bin/chromium).
 *
 *     node test/browser/report-page.check.ts [--screenshots DIR] [page.html …]
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { renderReportPage } from '../../src/evaluate/report/render-report-page.ts';
import { withChromium, type View } from './chromium.ts';
import { findLayoutFaults } from './layout-probe.ts';
import { PAGE_FIXTURES } from './page-fixtures.ts';
import { makeReport } from './report-fixture.ts';

const SMALLEST_FONT_PX = 11;
const VIEWS: readonly View[] = [
  { width: 1280, height: 900, colorScheme: 'light' },
  { width: 1280, height: 900, colorScheme: 'dark' },
  { width: 360, height: 780, colorScheme: 'light' },
  { width: 360, height: 780, colorScheme: 'dark' },
];

/** Writes the fixtures' pages to a directory and returns their paths. */
async function writeFixtures(directory: string): Promise<string[]> {
  return Promise.all(
    Object.entries(PAGE_FIXTURES).map(async ([name, options]) => {
      const path = join(directory, `${name}.html`);
      await writeFile(path, renderReportPage(makeReport(options)));
      return path;
    }),
  );
}

/** Opens one page and returns a sentence for each fault. */
async function checkPage(
  context: BrowserContext,
  path: string,
  screenshot: string | null,
): Promise<string[]> {
  const faults: string[] = [];
  const page = await context.newPage();
  page.setDefaultTimeout(5_000);
  const address = pathToFileURL(resolve(path)).href;
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:'))
      faults.push(`request: ${request.url()}`);
  });
  await page.goto(address, { waitUntil: 'load' });
  if (screenshot !== null) await page.screenshot({ path: screenshot, fullPage: true });
  faults.push(...(await page.evaluate(findLayoutFaults, SMALLEST_FONT_PX)));
  faults.push(...(await useThePage(page)));
  await page.close();
  return faults;
}

/** Switches through every candidate, opens every fold and sorts a table, checking the layout each time. */
async function useThePage(page: Page): Promise<string[]> {
  const faults: string[] = [];
  await page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })");
  faults.push(...(await page.evaluate(findLayoutFaults, SMALLEST_FONT_PX)));
  const radios = page.locator('.switch input');
  const count = await radios.count();
  for (let index = count - 1; index >= 0; index--) {
    await radios.nth(index).check({ force: true });
    if (!(await page.locator(`.panel-${index}`).isVisible()))
      faults.push(`the switch does not show panel ${index}`);
    if ((await page.locator('.panel:visible').count()) !== 1) faults.push('more than one panel is shown');
    faults.push(...(await page.evaluate(findLayoutFaults, SMALLEST_FONT_PX)));
  }
  if (count > 0) faults.push(...(await sortByRecall(page)));
  return faults;
}

async function sortByRecall(page: Page): Promise<string[]> {
  const table = page.locator('.panel:visible table.sortable').first();
  await table.getByRole('button', { name: 'recall' }).click();
  await table.getByRole('button', { name: 'recall' }).click();
  const recalls = await table.locator('tbody tr td:nth-child(3)').all();
  const texts = await Promise.all(recalls.map(async (cell) => Number(await cell.getAttribute('data-v'))));
  const sorted = texts.every((value, index) => index === 0 || texts[index - 1]! <= value);
  await table.getByRole('button', { name: 'examples' }).click();
  return sorted ? [] : ['a click on a heading does not sort'];
}

/** What the check must say of `faulty-page.html`; a check that misses one of these proves nothing. */
const KNOWN_FAULTS = [
  /^console: console fault/,
  /^page error: thrown fault/,
  /^request: http:\/\/localhost/,
  /^text of 9\.0 px: "tiny fault"/,
  /^the page scrolls sideways.*wide fault/,
  /^chart labels overlap: "first label" and "second label"/,
  /^a chart label is cut off: "cut label"/,
];

/** The known faults that the check fails to notice in one view. */
async function missedFaults(context: BrowserContext): Promise<string[]> {
  const path = fileURLToPath(new URL('./faulty-page.html', import.meta.url));
  const found = await checkPage(context, path, null);
  return KNOWN_FAULTS.filter((known) => !found.some((fault) => known.test(fault))).map(String);
}

/** Looks at every page in every view; prints one line each and returns the number of pages with faults. */
async function checkAll(paths: readonly string[], screenshots: string | null): Promise<number> {
  let failed = 0;
  for (const view of VIEWS) {
    await withChromium(view, async (context) => {
      const missed = await missedFaults(context);
      if (missed.length > 0) throw new Error(`the check itself misses faults: ${missed.join(', ')}`);
      for (const path of paths) {
        const name = `${basename(path, '.html')}-${view.width}-${view.colorScheme}`;
        const faults = await checkPage(context, path, screenshots && join(screenshots, `${name}.png`));
        console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
        for (const fault of new Set(faults)) console.log(`       ${fault}`);
        if (faults.length > 0) failed++;
      }
    });
  }
  return failed;
}

const { values, positionals } = parseArgs({
  options: { screenshots: { type: 'string' } },
  allowPositionals: true,
});
if (values.screenshots !== undefined) await mkdir(values.screenshots, { recursive: true });
const directory = await mkdtemp(join(tmpdir(), 'homegrown-pages-'));
try {
  const paths = [...(await writeFixtures(directory)), ...positionals];
  const failed = await checkAll(paths, values.screenshots ?? null);
  console.log(`${paths.length * VIEWS.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
