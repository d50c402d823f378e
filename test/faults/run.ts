/**
 * Meets every fault of an upstream in every way, checks the gateway's promises, and makes `docs/reference/faults.md` of what it saw:
 * `node test/faults/run.ts` compares the page with the committed one, `--write` writes it. Exits with 1 when a promise was broken.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Cell, problemsOf, type SeenCell } from './check-cell.ts';
import { type Ask, askOfficialClient } from './client-view.ts';
import { FAULT_ROWS } from './faults.ts';
import { LEAVING_ROWS, type LeavingRow, measureLeaving } from './leaving.ts';
import { faultsPage, outcomeText, type SeenLeaving } from './page.ts';
import { askSocket } from './raw-view.ts';
import { LONGEST_MS, openScene, type Scene } from './scene.ts';

const PAGE = fileURLToPath(new URL('../../docs/reference/faults.md', import.meta.url));
const AT_ONCE = 8;
const LEAVING_ROUNDS = 10;
const QUICK_MS = 50;

const cells: Cell[] = FAULT_ROWS.flatMap((row) =>
  row.apis.flatMap((api) =>
    [false, true].flatMap((stream) =>
      row.of === (stream ? 'plain' : 'stream')
        ? []
        : [false, true].map((hasFallback) => ({ row, api, stream, hasFallback })),
    ),
  ),
);
const scene = await openScene([...new Set(FAULT_ROWS.map(({ fault }) => fault))]);
const problems: string[] = [];
const seen = await runAll(scene, cells);
for (const cell of seen) report(cell);
const leaving = await runLeaving(scene);
await scene.close();
await comparePage(faultsPage(seen, leaving));
console.log(`${seen.length} cells, ${leaving.length} ways of leaving, ${problems.length} broken promises`);
for (const problem of problems) console.log(`- ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function runAll(scene: Scene, cells: readonly Cell[]): Promise<SeenCell[]> {
  const seen: SeenCell[] = [];
  const queue = cells.entries();
  const work = async (): Promise<void> => {
    for (const [index, cell] of queue) seen[index] = await runCell(scene, cell, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return seen;
}

async function runCell(scene: Scene, cell: Cell, index: number): Promise<SeenCell> {
  const { row, api, stream, hasFallback } = cell;
  const baseUrl = `${scene.server.url}/v1`;
  const question = `question ${index}`;
  const ask: Ask = { api, baseUrl, model: scene.modelFor(row.fault, hasFallback), stream, question };
  const truth = await askOfficialClient({ ...ask, baseUrl: scene.good.baseUrl, model: 'm' });
  const client = await askOfficialClient(ask);
  const upstreamRequestId = lastRequestId(scene, question);
  const startedAt = performance.now();
  const raw = await askSocket(ask, LONGEST_MS + 2000);
  const rawMs = performance.now() - startedAt;
  return { ...cell, client, raw, rawMs, truth, upstreamRequestId };
}

function lastRequestId({ faulty }: Scene, question: string): string | null {
  const last = faulty.requests.findLast(({ body }) => body.includes(`"${question}"`));
  return last === undefined ? null : `req_up_${last.index}`;
}

function report(cell: SeenCell): void {
  const { row, api, stream, hasFallback } = cell;
  const name = `${api}, ${stream ? 'streamed' : 'plain'}${hasFallback ? ', with a fallback' : ''}: ${row.fault}`;
  console.log(`${name}: ${outcomeText(cell)}`);
  for (const problem of problemsOf(cell)) problems.push(`${name}: ${problem}`);
}

async function runLeaving(scene: Scene): Promise<SeenLeaving[]> {
  const all: SeenLeaving[] = [];
  for (const row of LEAVING_ROWS) {
    const { slowest, rounds } = await leaveUntilQuick(scene, row);
    const name = `${row.when}, ${row.stream ? 'streamed' : 'plain'}`;
    console.log(`a client leaves ${name}: upstream aborted within ${slowest.toFixed(1)} ms`);
    if (slowest >= QUICK_MS)
      problems.push(`a client leaves ${name}: the upstream noticed after ${slowest} ms`);
    all.push({ row, rounds, isQuick: slowest < QUICK_MS });
  }
  return all;
}

/** A busy machine may hold up this process itself for longer than the gateway takes: then all rounds are run again, twice at most. */
async function leaveUntilQuick(scene: Scene, row: LeavingRow): Promise<{ slowest: number; rounds: number }> {
  for (let tries = 0; ; tries++) {
    const times = [
      ...(await measureLeaving(scene, row, 'fin', LEAVING_ROUNDS)),
      ...(await measureLeaving(scene, row, 'rst', LEAVING_ROUNDS)),
    ];
    const slowest = Math.max(...times.map((ms) => ms ?? Infinity));
    if (slowest < QUICK_MS || tries === 2) return { slowest, rounds: times.length };
  }
}

async function comparePage(page: string): Promise<void> {
  if (process.argv.includes('--write')) return writeFile(PAGE, page);
  const committed = await readFile(PAGE, 'utf8').catch(() => '');
  if (committed !== page)
    problems.push('docs/reference/faults.md differs from what was seen: run with --write');
}
