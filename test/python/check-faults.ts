import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cellName, seeAll } from '../faults/cells.ts';
import { problemsOf, type SeenCell } from '../faults/check-cell.ts';
import type { Ask, ClientView } from '../faults/client-view.ts';
import { openScene, type Scene } from '../faults/scene.ts';

// `node test/python/check-faults.ts PYTHON`: the gateway keeps its promises to OpenAI's Python client, fault by fault.

const CLIENT = fileURLToPath(new URL('faults_client.py', import.meta.url));

async function main(): Promise<void> {
  const python = process.argv[2];
  if (python === undefined) throw new Error('usage: node test/python/check-faults.ts PYTHON');
  const child = spawn(python, [CLIENT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<string, (view: ClientView) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { question, view } = JSON.parse(line) as { question: string; view: ClientView };
    waiting.get(question)?.(view);
  });
  const ask = (asked: Ask): Promise<ClientView> =>
    new Promise((resolve) => {
      waiting.set(asked.question, resolve);
      child.stdin.write(`${JSON.stringify(asked)}\n`);
    });
  const scene = await openScene();
  const seen = await seeAll(scene, ask);
  const unreadable = await unreadableFaults(scene, seen, ask);
  await scene.close();
  child.stdin.end();
  await once(child, 'exit');
  const problems = seen
    .filter((cell) => !unreadable.has(cellName(cell)))
    .flatMap((cell) => problemsOf(cell).map((problem) => `${cellName(cell)}: ${problem}`));
  for (const name of unreadable) console.log(`this client cannot read it from the upstream itself: ${name}`);
  for (const problem of problems) console.log(`FAILED  ${problem}`);
  console.log(`${seen.length} faults met through OpenAI's Python client, ${problems.length} broken promises`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/** Good answers that this client cannot read without a gateway between either. */
async function unreadableFaults(
  { faulty }: Scene,
  seen: readonly SeenCell[],
  ask: (asked: Ask) => Promise<ClientView>,
): Promise<Set<string>> {
  const names = new Set<string>();
  for (const cell of seen) {
    const { row, api, stream } = cell;
    if (row.stage !== 'never' || problemsOf(cell).length === 0) continue;
    const question = `directly ${cellName(cell)}`;
    const model = `fault:${row.fault}`;
    const view = await ask({ api, baseUrl: faulty.baseUrl, model, stream, question });
    if (view.kind !== 'whole') names.add(cellName(cell));
  }
  return names;
}

await main();
