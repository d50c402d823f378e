import type { Redactor } from '../../protocol/redaction/redactor.ts';
import type { FeedbackStore, InferenceStore } from '../../store/store.ts';

/** What a server keeps of its calls, for those who ask for it or tell what became of them. */
export interface KeptCalls {
  readonly inferences: Pick<InferenceStore, 'find' | 'page' | 'pageWithFeedback' | 'tasksOf'>;
  readonly feedback: Pick<FeedbackStore, 'append'>;
  readonly redactor: Redactor;
  /** Brings what is on its way into the store. */
  flush(): Promise<void>;
}
