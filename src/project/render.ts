export { renderDataset } from '../data/render-dataset.ts';
export { renderReportTable } from '../evaluate/report/render-report-table.ts';
