import type { RedactionRecord } from '../../schema/redaction-record.ts';
import type { InferenceStore } from '../../store/store.ts';

/** The calls that `captured()` reads, and what was replaced in them. */
export interface CapturedCalls {
  readonly inferences: Pick<InferenceStore, 'count' | 'page' | 'pageWithFeedback'>;
  /** null when nothing is replaced. */
  readonly redaction: RedactionRecord | null;
}
