import type { ErasureRecord, ErasureSubject } from '../schema/erasure.ts';

/** What is to be erased, and who asks. */
export interface ErasureWish {
  readonly subject: ErasureSubject;
  readonly by: string;
}

/** An erasure that is not finished; its subject is not told. */
export interface UnfinishedErasure {
  readonly id: string;
  readonly startedAt: string;
  readonly by: string;
}

/** Erases on request what calls left. */
export interface Erasures {
  /** What an erasure would do. */
  preview(wish: ErasureWish): Promise<ErasureRecord>;
  /** Notes the wish durably; `done` may take minutes. It rejects with `project/busy` when it must wait: then it is tried again by itself. */
  begin(wish: ErasureWish): Promise<{ id: string; done: Promise<ErasureRecord> }>;
  list(): Promise<{ finished: readonly ErasureRecord[]; unfinished: readonly UnfinishedErasure[] }>;
}
