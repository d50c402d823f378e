import type { Feedback } from '../../schema/feedback.ts';
import type { Inference } from '../../schema/inference.ts';
import { pageThrough } from '../../store/page-through.ts';
import type { Store } from '../../store/store.ts';

/** All captures in the order of time. */
export async function* exportedInferences({ inferences }: Store): AsyncGenerator<Inference[]> {
  for await (const rows of pageThrough(inferences, {})) yield rows.map(({ inference }) => inference);
}

/** All feedback in the order in which it was stored, that to calls which are not stored included. */
export async function* exportedFeedback({ feedback }: Store): AsyncGenerator<readonly Feedback[]> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof feedback.page>> = await feedback.page({
      limit: 1000,
      ...(after === null ? {} : { after }),
    });
    yield page.rows;
    after = page.next;
  } while (after !== null);
}
