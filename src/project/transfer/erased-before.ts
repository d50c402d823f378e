import type { ErasureSubject } from '../../schema/erasure.ts';
import type { Inference } from '../../schema/inference.ts';
import { ErasureFolder } from '../erasure/erasure-work.ts';
import type { Project } from '../project.ts';

/** Tells calls of those who were erased here after the calls were made: an older export must not bring them back. */
export class ErasedBefore {
  readonly #folder: ErasureFolder;
  /** When the subject with a hash was erased last. */
  readonly #erasedAt: ReadonlyMap<string, string>;
  readonly #known = new Map<string, string | null>();

  private constructor(folder: ErasureFolder, erasedAt: ReadonlyMap<string, string>) {
    this.#folder = folder;
    this.#erasedAt = erasedAt;
  }

  static async of({ store, homegrownDirectory }: Project): Promise<ErasedBefore> {
    const records = await store.erasures.list();
    const erasedAt = new Map(records.map(({ subject, finishedAt }) => [subject.hash, finishedAt]));
    return new ErasedBefore(new ErasureFolder(homegrownDirectory), erasedAt);
  }

  async hasCall({ user, group, at }: Pick<Inference, 'user' | 'group' | 'at'>): Promise<boolean> {
    return (await this.has('user', user, at)) || (await this.has('group', group, at));
  }

  async has(kind: ErasureSubject['kind'], id: string | null, at: string): Promise<boolean> {
    if (id === null || this.#erasedAt.size === 0) return false;
    const name = `${kind}:${id}`;
    let erasedAt = this.#known.get(name);
    if (erasedAt === undefined) {
      erasedAt = this.#erasedAt.get((await this.#folder.hashOf({ kind, id })).hash) ?? null;
      this.#known.set(name, erasedAt);
    }
    return erasedAt !== null && at <= erasedAt;
  }
}
