/**
 * Takes the README's picture of a report page: desktop width, light, from the headline to the charts.
 *
 *     node test/browser/report-picture.ts .homegrown/reports/<run>.html docs/images/report.png
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withChromium } from './chromium.ts';

const WIDTH = 1180;
const LARGEST_BYTES = 300_000;

const [pagePath, picturePath] = process.argv.slice(2);
if (pagePath === undefined || picturePath === undefined) {
  console.error('usage: node test/browser/report-picture.ts <report.html> <picture.png>');
  process.exit(2);
}
await mkdir(dirname(picturePath), { recursive: true });
await withChromium({ width: WIDTH, height: 900, colorScheme: 'light' }, async (context) => {
  const page = await context.newPage();
  await page.goto(pathToFileURL(resolve(pagePath)).href);
  await page.evaluate("document.querySelectorAll('nav, .skip').forEach((part) => part.remove())");
  const charts = await page.locator('#trade-offs, #candidates').last().boundingBox();
  const height = Math.ceil((charts?.y ?? 0) + (charts?.height ?? 900) + 28);
  await page.screenshot({ path: picturePath, fullPage: true, clip: { x: 0, y: 0, width: WIDTH, height } });
});
const { size } = await stat(picturePath);
console.log(`${picturePath}: ${size} bytes`);
if (size > LARGEST_BYTES) {
  console.error(`expected at most ${LARGEST_BYTES} bytes`);
  process.exitCode = 1;
}
