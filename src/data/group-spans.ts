import { hash } from 'node:crypto';
import type { Example } from '../schema/example.ts';
import { heldOutRank } from './split.ts';
import type { RowSpill } from './row-spill.ts';

/** Finds how many groups there are and which rows must go so that no group is in two splits, in bounded memory. */
export class GroupSpans {
  readonly #spill: RowSpill;
  #rows = 0;

  constructor(spill: RowSpill) {
    this.#spill = spill;
  }

  /** Rows are numbered in the order in which they are added. */
  add({ group, split }: Pick<Example, 'group' | 'split'>): void {
    const key = hash('sha256', group, 'hex').slice(0, 24);
    const partition = Number.parseInt(key.slice(0, 6), 16) % this.#spill.partitions;
    this.#spill.add(partition, `${key} ${heldOutRank(split)} ${this.#rows}`);
    this.#rows += 1;
  }

  async relieve(): Promise<void> {
    await this.#spill.relieve();
  }

  async finish(): Promise<GroupSpanResult> {
    const result: GroupSpanResult = {
      groups: 0,
      spanning: 0,
      removed: new Uint8Array(this.#rows),
      removedCount: 0,
    };
    for (let partition = 0; partition < this.#spill.partitions; partition++) {
      await this.#finishPartition(partition, result);
    }
    return result;
  }

  async #finishPartition(partition: number, result: GroupSpanResult): Promise<void> {
    const ranks = new Map<string, number>();
    const spanning = new Set<string>();
    for await (const batch of this.#spill.read(partition)) {
      for (const line of batch) {
        const [key, rank] = parseLine(line);
        const known = ranks.get(key);
        if (known !== undefined && known !== rank) spanning.add(key);
        ranks.set(key, Math.max(known ?? 0, rank));
      }
    }
    result.groups += ranks.size;
    result.spanning += spanning.size;
    if (spanning.size > 0) await this.#markRemoved(partition, ranks, spanning, result);
    this.#spill.release(partition);
  }

  async #markRemoved(
    partition: number,
    ranks: ReadonlyMap<string, number>,
    spanning: ReadonlySet<string>,
    result: GroupSpanResult,
  ): Promise<void> {
    for await (const batch of this.#spill.read(partition)) {
      for (const line of batch) {
        const [key, rank, row] = parseLine(line);
        if (!spanning.has(key) || rank === ranks.get(key)) continue;
        result.removed[row] = 1;
        result.removedCount += 1;
      }
    }
  }
}

/** `removed[row]` is 1 for rows whose group is also in a more held-out split. */
export interface GroupSpanResult {
  groups: number;
  spanning: number;
  removed: Uint8Array;
  removedCount: number;
}

function parseLine(line: string): [key: string, rank: number, row: number] {
  return [line.slice(0, 24), Number(line[25]), Number(line.slice(27))];
}
