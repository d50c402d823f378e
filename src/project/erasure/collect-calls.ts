import type { ErasureSubject } from '../../schema/erasure.ts';
import { pageThrough } from '../../store/page-through.ts';
import type { InferenceFilter, Store } from '../../store/store.ts';
import type { Task } from '../../task/task.ts';
import { userTextsOf } from '../../task/user-texts.ts';

/** Which captured calls are a subject's. */
export function callsOf({ kind, id }: ErasureSubject): InferenceFilter {
  return kind === 'user' ? { user: id } : { group: id };
}

/** A captured call that is to go. */
export interface CollectedCall {
  readonly id: string;
  /** Ids of what was said of it. */
  readonly feedback: readonly string[];
  /** Its user's texts. */
  readonly texts: readonly string[];
}

/** A subject's captured calls with the texts by which derived files are found, page by page. */
export async function* collectCalls(
  store: Store,
  subject: ErasureSubject,
  tasks: readonly Task[],
): AsyncGenerator<CollectedCall[]> {
  for await (const rows of pageThrough(store.inferences, callsOf(subject))) {
    yield rows.map(({ inference, feedback }) => ({
      id: inference.id,
      feedback: feedback.map((said) => said.id),
      texts: userTextsOf(inference.endpoint, parseJson(inference.request), tasks),
    }));
  }
}

/** Ids of what somebody said of calls, their own and others', page by page. */
export async function* collectFeedbackBy(store: Store, by: string): AsyncGenerator<string[]> {
  let after: string | null = null;
  do {
    const page = await store.feedback.page({ limit: 1000, ...(after === null ? {} : { after }) });
    yield page.rows.filter((said) => said.by === by).map(({ id }) => id);
    after = page.next;
  } while (after !== null);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
