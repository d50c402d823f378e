import { connect } from 'node:net';
import type { UpstreamRecord } from '../stand-in/faulty-upstream.ts';
import type { Ask } from './client-view.ts';
import { requestOf } from './raw-view.ts';
import type { Scene } from './scene.ts';

/** A moment at which clients leave. */
export interface LeavingRow {
  readonly when: string;
  readonly fault: string;
  readonly stream: boolean;
  /** Leaves once this much of the answer's body has come; null: once the upstream has the request. */
  readonly afterBytes: number | null;
}

export const LEAVING_ROWS: readonly LeavingRow[] = [
  { when: 'before the headers', fault: 'stall-before-headers', stream: false, afterBytes: null },
  { when: 'before the headers', fault: 'stall-before-headers', stream: true, afterBytes: null },
  { when: 'in the middle of the body', fault: 'stall-mid', stream: false, afterBytes: null },
  { when: 'before the first content', fault: 'stall-before-content', stream: true, afterBytes: null },
  { when: 'in the middle of the stream', fault: 'ok;gap=20;words=500', stream: true, afterBytes: 500 },
  { when: 'in the middle of a stalled stream', fault: 'stall-mid', stream: true, afterBytes: 500 },
];

/** Milliseconds from the client's leaving until the upstream's connection was closed, once per round; null: it was not within a second. */
export async function measureLeaving(
  scene: Scene,
  row: LeavingRow,
  how: 'fin' | 'rst',
  rounds: number,
): Promise<(number | null)[]> {
  const times: (number | null)[] = [];
  for (let round = 0; round < rounds; round++) times.push(await leaveOnce(scene, row, how));
  return times;
}

let leavings = 0;

async function leaveOnce(scene: Scene, row: LeavingRow, how: 'fin' | 'rst'): Promise<number | null> {
  const ask: Ask = {
    api: 'chat completions',
    baseUrl: `${scene.server.url}/v1`,
    model: scene.modelFor(row.fault, false),
    stream: row.stream,
    question: `leaving ${leavings++}`,
  };
  const { path, body } = requestOf(ask);
  const isOurs = (record: UpstreamRecord): boolean => record.body.includes(ask.question);
  const socket = connect(scene.server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  let received = 0;
  const enough = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (row.afterBytes !== null && received >= row.afterBytes) resolve();
    });
  });
  socket.write(
    `POST /v1${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const record = await scene.faulty.waitFor(isOurs);
  if (row.afterBytes === null) await new Promise((resolve) => setTimeout(resolve, 20));
  else await enough;
  const leftAt = performance.now();
  if (how === 'rst') socket.resetAndDestroy();
  else socket.destroy();
  const end = leftAt + 1000;
  while (record.closedAt === null && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 1));
  return record.closedAt === null || !record.isAborted ? null : record.closedAt - leftAt;
}
