import { createHash } from 'node:crypto';
import type { Report } from '../../schema/report.ts';
import { Html, html } from './page/html.ts';
import { PAGE_SCRIPT } from './page/page-script.ts';
import { PAGE_STYLE } from './page/page-style.ts';
import { renderCandidates } from './page/section-candidates.ts';
import { renderCloser } from './page/section-closer.ts';
import { renderData } from './page/section-data.ts';
import { renderGlossary } from './page/section-glossary.ts';
import { renderHeadline } from './page/section-headline.ts';
import { renderLineage } from './page/section-lineage.ts';
import { renderNotTried } from './page/section-not-tried.ts';
import { renderTradeOffs } from './page/section-trade-offs.ts';
import { shorten, visibleText } from '../../util/visible-text.ts';

/** Nothing is loaded, and of scripts only ours runs, whatever the data says. */
const POLICY = [
  "default-src 'none'",
  `style-src '${hashOf(PAGE_STYLE)}'`,
  `script-src '${hashOf(PAGE_SCRIPT)}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const ICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Crect x=%221%22 y=%229%22 width=%224%22 height=%226%22 fill=%22%2391b9e3%22/%3E%3Crect x=%226%22 y=%225%22 width=%224%22 height=%2210%22 fill=%22%234b8bd0%22/%3E%3Crect x=%2211%22 y=%221%22 width=%224%22 height=%2214%22 fill=%22%23185a9f%22/%3E%3C/svg%3E';

/** The report as one HTML page that needs no network, no script and no other file. */
export function renderReportPage(report: Report): string {
  const title = `${shorten(visibleText(report.task), 60)}: Homegrown report`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="Homegrown" />
        <title>${title}</title>
        <link rel="icon" href="${new Html(ICON)}" />
        ${new Html(`<style>${PAGE_STYLE}</style>`)}
      </head>
      <body>
        <a class="skip" href="#candidates">Skip to the candidates</a>
        <main>
          ${renderHeadline(report)} ${renderContents(report)} ${renderCandidates(report)}
          ${renderTradeOffs(report)} ${renderCloser(report)} ${renderNotTried(report)} ${renderData(report)}
          ${renderLineage(report)} ${renderGlossary()}
        </main>
        <footer>
          <p>Made by Homegrown ${shorten(report.homegrown, 30)}. This page is one file and loads nothing.</p>
        </footer>
        ${new Html(`<script>${PAGE_SCRIPT}</script>`)}
      </body>
    </html> `;
  return page.markup;
}

function renderContents({ candidates }: Report): Html {
  const perCandidate: [string, string][] =
    candidates.length === 0
      ? []
      : [
          ['trade-offs', 'Quality, speed, cost'],
          ['closer', 'Look closer'],
        ];
  const entries: [string, string][] = [
    ['candidates', 'Candidates'],
    ...perCandidate,
    ['not-tried', 'Not tried'],
    ['data', 'Data'],
    ['lineage', 'Lineage'],
    ['words', 'Words'],
  ];
  return html`<nav aria-label="Contents">
    <ul>
      ${entries.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}
    </ul>
  </nav>`;
}

function hashOf(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}
