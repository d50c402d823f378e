import type { ChatRequest } from '../../schema/call-mapping.ts';
import type { CapturedSource, LabelledBy, UnmappedReason } from '../../schema/captured-source.ts';
import type { Inference } from '../../schema/inference.ts';
import type { InferenceWithFeedback } from '../../store/store.ts';
import { inputOfCall } from '../../task/call-mapping.ts';
import { chatAnswerOf, chatRequestOf } from '../../task/chat-view.ts';
import { isObject } from '../../task/json-schema.ts';
import { labelOfAnswer, labelOfGivenOutput, type MappedLabel } from '../../task/label-mapping.ts';
import type { Task } from '../../task/task.ts';
import { verdictOf, type Verdict } from './verdict.ts';

/** A call as a labelled input. */
export interface LabelledCall {
  readonly input: string;
  readonly label: string;
  readonly labelledBy: LabelledBy;
  readonly group: string | null;
  readonly time: string;
}

/** Why a call is none, and what exactly was wrong. */
export interface UnmappedCall {
  readonly unmapped: UnmappedReason;
  readonly detail: string;
}

/** A captured call as an example of a task, by the task's mapping functions and by what humans said of it. */
export function mapCall(
  task: Task,
  { inference, feedback }: InferenceWithFeedback,
  source: Pick<CapturedSource, 'minScore' | 'unreviewed'>,
): LabelledCall | UnmappedCall {
  const verdict = verdictOf(feedback, source.minScore);
  const refusal = refusalOf(verdict, inference, source.unreviewed);
  if (refusal !== null) return refusal;
  const request = chatRequestOf(inference.endpoint, parseJson(inference.request));
  if (request === null) return unmapped('no-input', `a request to ${inference.endpoint} without turns`);
  const input = inputOfCall(task, request);
  if (!input.mapped) return unmapped(input.isOurFault ? 'mapping-failed' : 'no-input', input.reason);
  const label = labelOf(task, inference, request, verdict);
  if ('unmapped' in label) return label;
  if (!label.mapped) return unmapped(reasonOf(label), label.reason);
  return {
    input: input.input,
    label: label.label,
    labelledBy: labelledByOf(verdict),
    group: inference.group ?? inference.user ?? conversationOf(request),
    time: inference.at,
  };
}

function refusalOf(verdict: Verdict | null, inference: Inference, unreviewed: boolean): UnmappedCall | null {
  if (verdict?.says === 'rejected') return unmapped('rejected', 'feedback rejected the answer');
  if (verdict?.says === 'low-score') return unmapped('low-score', 'its score is below minScore');
  if (verdict !== null) return null;
  if (!unreviewed) return unmapped('unreviewed', 'no feedback');
  if (inference.answeredAs === 'upstream' || inference.answeredAs === null) return null;
  return unmapped('own-answer', `answered by ${inference.target ?? 'an own model'} without feedback`);
}

function labelOf(
  task: Task,
  inference: Inference,
  request: ChatRequest,
  verdict: Verdict | null,
): MappedLabel | UnmappedCall {
  if (verdict !== null && 'output' in verdict) return labelOfGivenOutput(task, request, verdict.output);
  if (inference.error !== null || inference.response === null) {
    return unmapped('failed', inference.error?.code ?? `status ${inference.status} without an answer`);
  }
  const answer = chatAnswerOf(inference.endpoint, parseJson(inference.response));
  if (answer === null) return unmapped('no-label', `not an answer of ${inference.endpoint}`);
  return labelOfAnswer(task, request, answer);
}

function reasonOf({ isCut, isOurFault }: MappedLabel & { mapped: false }): UnmappedReason {
  if (isOurFault) return 'mapping-failed';
  return isCut ? 'cut-off' : 'no-label';
}

function labelledByOf(verdict: Verdict | null): LabelledBy {
  const says = verdict?.says ?? 'unreviewed';
  return says === 'rejected' || says === 'low-score' ? 'unreviewed' : says;
}

/** The conversation that a request says it belongs to. */
function conversationOf({ conversation }: ChatRequest): string | null {
  const id = isObject(conversation) ? conversation['id'] : conversation;
  return typeof id === 'string' && id !== '' ? id : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unmapped(reason: UnmappedReason, detail: string): UnmappedCall {
  return { unmapped: reason, detail };
}
