import type { Report } from '../../schema/report.ts';
import { renderReportTable } from './render-report-table.ts';

/** The report as one self-contained HTML page. */
export function renderReportPage(report: Report): string {
  const text = renderReportTable(report).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html><meta charset="utf-8"><title>Report</title><pre>${text}</pre>`;
}
