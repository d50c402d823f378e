import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServedProject, serveKeywordModel } from '../support/serve-keyword-model.ts';
import { fuzzHttp } from './http.ts';

let project: ServedProject;
beforeAll(async () => {
  project = await serveKeywordModel({ maxBodyBytes: 3_000_000 });
});
afterAll(() => project.close());

test('1,000 generated bad requests: each gets a well-formed answer, and the server stays well', async () => {
  const report = await fuzzHttp({ port: project.server.port, count: 1000, seed: 20261 });
  expect(report.problems).toEqual([]);
  expect(report.sent).toBe(1000);
  expect(report.statuses['400']).toBeGreaterThan(200);
  expect(report.statuses['200']).toBeGreaterThan(20);
  expect(project.events.filter(({ level }) => level === 'error')).toEqual([]);
  const health = await fetch(`${project.server.url}/readyz`);
  expect(await health.json()).toMatchObject({ status: 'ready' });
}, 120_000);
