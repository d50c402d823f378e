/**
 * Meets every fault of an upstream in every way, checks the gateway's promises, and makes `docs/reference/faults.md` of what it saw:
 * `node test/faults/run.ts` compares the page with the committed one, `--write` writes it. Exits with 1 when a promise was broken.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cellName, seeAll } from './cells.ts';
import { problemsOf, type SeenCell } from './check-cell.ts';
import { askOfficialClient } from './client-view.ts';
import { LEAVING_ROWS, type LeavingRow, measureLeaving } from './leaving.ts';
import { faultsPage, outcomeText, type SeenLeaving } from './page.ts';
import { openScene, type Scene } from './scene.ts';

const PAGE = fileURLToPath(new URL('../../docs/reference/faults.md', import.meta.url));
const LEAVING_ROUNDS = 10;
const QUICK_MS = 50;

const scene = await openScene();
const problems: string[] = [];
const seen = await seeAll(scene, askOfficialClient);
for (const cell of seen) report(cell);
const leaving = await runLeaving(scene);
await scene.close();
await comparePage(faultsPage(seen, leaving));
console.log(`${seen.length} cells, ${leaving.length} ways of leaving, ${problems.length} broken promises`);
for (const problem of problems) console.log(`- ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function report(cell: SeenCell): void {
  console.log(`${cellName(cell)}: ${outcomeText(cell)}`);
  for (const problem of problemsOf(cell)) problems.push(`${cellName(cell)}: ${problem}`);
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
