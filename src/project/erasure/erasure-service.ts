import { messageOf } from '../../errors/homegrown-error.ts';
import type { Erasures, ErasureWish } from '../../gateway/erasures.ts';
import type { ErasureRecord } from '../../schema/erasure.ts';
import type { Project } from '../project.ts';
import { eraseSubject, resumeErasures } from './erase-subject.ts';
import { ErasureFolder } from './erasure-work.ts';

/** Erasures of a served project, one after the other. */
export class ErasureService implements Erasures {
  readonly #project: Project;
  readonly #flush: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();

  /** `flush` brings captured calls that this process still holds into the store. */
  constructor(project: Project, { flush }: { flush: () => Promise<void> }) {
    this.#project = project;
    this.#flush = flush;
  }

  preview(wish: ErasureWish): Promise<ErasureRecord> {
    return eraseSubject(this.#project, { ...wish, dryRun: true });
  }

  async begin(wish: ErasureWish): Promise<{ id: string; done: Promise<ErasureRecord> }> {
    const { id } = await new ErasureFolder(this.#project.homegrownDirectory).begin(wish);
    const done = this.#inTurn(() => eraseSubject(this.#project, { ...wish, flush: this.#flush }));
    return { id, done };
  }

  async list(): ReturnType<Erasures['list']> {
    const unfinished = await this.#project.unfinishedErasures();
    return { finished: await this.#project.erasures(), unfinished };
  }

  /** Goes on with what is not finished. */
  resume(): Promise<ErasureRecord[]> {
    return this.#inTurn(() => resumeErasures(this.#project, { flush: this.#flush }));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#last;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(messageOf);
    return turn;
  }
}
