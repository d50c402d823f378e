import type { InferenceSummary } from '../schema/inference.ts';
import type {
  InferenceFilter,
  InferencePage,
  InferenceStore,
  InferenceWithFeedback,
  PageOptions,
} from '../store/store.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';

/** The captured calls of a project. */
export class Captures {
  readonly #inferences: InferenceStore;

  constructor(inferences: InferenceStore) {
    this.#inferences = inferences;
  }

  /** What is known of calls without their contents, newest first, a page at a time. */
  list(filter: InferenceFilter = {}, options?: PageOptions): Promise<InferencePage<InferenceSummary>> {
    return this.#inferences.page(filter, options);
  }

  /** How many there are. */
  count(filter: InferenceFilter = {}): Promise<number> {
    return this.#inferences.count(filter);
  }

  /** One call with its contents and all that was said of it, by its id or the id in its answer. Throws `captures/unknown`. */
  async show(id: string): Promise<InferenceWithFeedback> {
    const found = await this.#inferences.find(id);
    if (found !== null) return found;
    throw new HomegrownError({
      code: 'captures/unknown',
      message: 'there is no captured call with this id',
      kind: 'usage',
      found: id,
      hint: '`homegrown captures list` shows the latest; a call is there a moment after its answer.',
    });
  }
}
