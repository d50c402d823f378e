import { join } from 'node:path';
import type { Inference } from '../../../src/schema/inference.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { isRefusedAtOnce } from './call-kinds.ts';
import { metricsOf, type SoakFeedback } from './soak-feedback.ts';
import type { SoakTally } from './soak-tally.ts';

/** The calls by three counts: the client's, the gateway's own, and what was kept. */
export interface Account {
  /** Calls that the client made. */
  client: number;
  /** Calls in `/metrics`. */
  metrics: number;
  /** Calls in the store. */
  captured: number;
  /** Captured without an error, and answered by the client's count. */
  answered: { client: number; captured: number };
  /** Refused before anybody was asked to answer: not captured. */
  refused: number;
  /** The client counted others that the store does not have, by their kind and how they ended. */
  missing: Record<string, number>;
  /** Examples of those. */
  missingNumbers: number[];
  /** In the store more than once. */
  repeated: number;
  /** The client says answered, the capture says failed, or the other way round. */
  contradicted: { number: number; kind: string; client: string; captured: string }[];
  feedback: { told: number; refused: number; stored: number };
}

/** Stops the gateway and compares. */
export async function accountOf(parts: {
  gateway: { baseUrl: string; stop(): Promise<void> };
  project: string;
  tally: SoakTally;
  feedback: SoakFeedback;
}): Promise<Account> {
  const { gateway, project, tally, feedback } = parts;
  const counters = await metricsOf(gateway.baseUrl, 'homegrown_calls_total');
  await gateway.stop();
  const store = await openSqliteStore(join(project, '.homegrown/store.db'));
  try {
    const kept = await keptCalls(store);
    const { told, refused } = feedback;
    return {
      client: tally.ends.length,
      metrics: [...counters.values()].reduce((sum, count) => sum + count, 0),
      ...compared(tally, kept),
      feedback: { told, refused, stored: await countFeedback(store) },
    };
  } finally {
    await store.close();
  }
}

type Kept = Pick<Inference, 'status' | 'error'>;

async function keptCalls(store: Store): Promise<Map<number, Kept[]>> {
  const kept = new Map<number, Kept[]>();
  let after: string | null = '';
  while (after !== null) {
    const options = { limit: 1000, order: 'oldest', ...(after === '' ? {} : { after }) } as const;
    const page = await store.inferences.page({}, options);
    for (const { tags, status, error } of page.rows) {
      const number = Number(tags['n'] ?? -1);
      kept.set(number, [...(kept.get(number) ?? []), { status, error }]);
    }
    after = page.next;
  }
  return kept;
}

function compared(
  tally: SoakTally,
  kept: ReadonlyMap<number, readonly Kept[]>,
): Omit<Account, 'client' | 'metrics' | 'feedback'> {
  const missing: Record<string, number> = {};
  const missingNumbers: number[] = [];
  const contradicted: Account['contradicted'] = [];
  let answered = 0;
  let refused = 0;
  for (const [number, { ended, kind }] of tally.ends.entries()) {
    const captured = kept.get(number)?.[0];
    if (captured === undefined) {
      if (ended === 'refused' && isRefusedAtOnce(kind)) {
        refused++;
        continue;
      }
      const name = `${kind}: ${ended}`;
      missing[name] = (missing[name] ?? 0) + 1;
      if (missingNumbers.length < 20) missingNumbers.push(number);
      continue;
    }
    const isWhole = captured.status === 200 && captured.error === null;
    if (isWhole) answered++;
    // Whoever leaves at the last moment may have been answered already.
    if (isWhole !== (ended === 'answered') && ended !== 'left')
      contradicted.push({
        number,
        kind,
        client: ended,
        captured: `${captured.status} ${captured.error?.code ?? ''}`,
      });
  }
  const all = [...kept.values()];
  return {
    captured: all.reduce((sum, { length }) => sum + length, 0),
    answered: { client: tally.byEnd.answered, captured: answered },
    refused,
    missing,
    missingNumbers,
    repeated: all.filter(({ length }) => length > 1).length,
    contradicted: contradicted.slice(0, 20),
  };
}

async function countFeedback(store: Store): Promise<number> {
  let count = 0;
  let after: string | null = '';
  while (after !== null) {
    const page = await store.feedback.page({ limit: 1000, ...(after === '' ? {} : { after }) });
    count += page.rows.length;
    after = page.next;
  }
  return count;
}
