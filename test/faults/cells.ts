import { type Cell, type SeenCell } from './check-cell.ts';
import { type Ask, askOfficialClient, type ClientView } from './client-view.ts';
import { FAULT_ROWS } from './faults.ts';
import { askSocket } from './raw-view.ts';
import { LONGEST_MS, type Scene } from './scene.ts';

const AT_ONCE = 8;

/** Every fault in every way in which it can be met. */
export const CELLS: readonly Cell[] = FAULT_ROWS.flatMap((row) =>
  row.apis.flatMap((api) =>
    [false, true].flatMap((stream) =>
      row.of === (stream ? 'plain' : 'stream')
        ? []
        : [false, true].map((hasFallback) => ({ row, api, stream, hasFallback })),
    ),
  ),
);

/** A cell in words. */
export function cellName({ row, api, stream, hasFallback }: Cell): string {
  return `${api}, ${stream ? 'streamed' : 'plain'}${hasFallback ? ', with a fallback' : ''}: ${row.fault}`;
}

/** Meets every cell once through a client and once over a socket. */
export async function seeAll(scene: Scene, ask: (ask: Ask) => Promise<ClientView>): Promise<SeenCell[]> {
  const seen: SeenCell[] = [];
  const workOff = async (queue: Iterable<[number, Cell]>): Promise<void> => {
    for (const [index, cell] of queue) seen[index] = await seeCell(scene, { cell, index, ask });
  };
  // An upstream that never stops sending, in this very process, leaves others no time.
  const isLoud = ([, { row }]: [number, Cell]): boolean => row.fault === 'endless';
  const queue = CELLS.entries().filter((entry) => !isLoud(entry));
  await Promise.all(Array.from({ length: AT_ONCE }, () => workOff(queue)));
  await workOff(CELLS.entries().filter(isLoud));
  return seen;
}

async function seeCell(
  scene: Scene,
  { cell, index, ask }: { cell: Cell; index: number; ask: (ask: Ask) => Promise<ClientView> },
): Promise<SeenCell> {
  const { row, api, stream, hasFallback } = cell;
  const baseUrl = `${scene.server.url}/v1`;
  const question = `question ${index}`;
  const asked: Ask = { api, baseUrl, model: scene.modelFor(row.fault, hasFallback), stream, question };
  const truth = await askOfficialClient({ ...asked, baseUrl: scene.good.baseUrl, model: 'm' });
  const client = await ask(asked);
  const upstreamRequestId = lastRequestId(scene, question);
  const startedAt = performance.now();
  const raw = await askSocket(asked, LONGEST_MS + 2000);
  const rawMs = performance.now() - startedAt;
  return { ...cell, client, raw, rawMs, truth, upstreamRequestId };
}

function lastRequestId({ faulty }: Scene, question: string): string | null {
  const last = faulty.requests.findLast(({ body }) => body.includes(`"${question}"`));
  return last === undefined ? null : `req_up_${last.index}`;
}
