import type { InferenceFilter, InferenceStore, InferenceWithFeedback } from './store.ts';

/** About so many characters of requests and answers are held at once. */
const PAGE_LENGTH = 8 * 2 ** 20;
const MOST_ROWS = 500;
const FIRST_ROWS = 50;

/** All inferences that a filter lets through, oldest first, page by page in bounded memory: large ones make small pages. */
export async function* pageThrough(
  inferences: Pick<InferenceStore, 'pageWithFeedback'>,
  filter: InferenceFilter,
): AsyncGenerator<readonly InferenceWithFeedback[]> {
  let limit = FIRST_ROWS;
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof inferences.pageWithFeedback>> = await inferences.pageWithFeedback(
      filter,
      { order: 'oldest', limit, ...(after === null ? {} : { after }) },
    );
    yield page.rows;
    limit = limitAfter(page.rows, limit);
    after = page.next;
  } while (after !== null);
}

function limitAfter(rows: readonly InferenceWithFeedback[], limit: number): number {
  const length = rows.reduce((sum, { inference }) => sum + lengthOf(inference), 0);
  const fits = Math.floor((PAGE_LENGTH * rows.length) / (length + 1));
  return Math.max(1, Math.min(MOST_ROWS, 4 * limit, fits));
}

/** Characters of a request and its answer. */
export function lengthOf({
  request,
  response,
}: Pick<InferenceWithFeedback['inference'], 'request' | 'response'>): number {
  return request.length + (response?.length ?? 0);
}
