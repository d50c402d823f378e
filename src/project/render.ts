export { renderDataset } from '../data/render-dataset.ts';
export { renderErasure } from './erasure/render-erasure.ts';
export { renderReportTable } from '../evaluate/report/render-report-table.ts';
export { renderRun } from '../train/render-run.ts';
export { layOutTable } from '../util/terminal-layout.ts';
