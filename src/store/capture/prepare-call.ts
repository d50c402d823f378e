import { answerText, jsonText } from '../../protocol/answer-text.ts';
import { redactSummary } from '../../protocol/redaction/redact-summary.ts';
import { redactor } from '../../protocol/redaction/redactor.ts';
import type { CaptureConfig, RedactionKind } from '../../schema/capture-config.ts';
import type { InferenceSummary } from '../../schema/inference.ts';
import type { CapturedCall } from '../capture.ts';
import type { CallRecord } from './call-record.ts';
import type { PreparedCall } from './journal-frame.ts';

/** Makes of a call what is kept of it: streams merged, contents redacted. */
export function callPreparer({
  redact,
}: {
  redact: readonly RedactionKind[];
}): (record: CallRecord) => PreparedCall {
  const byForm = redactor({ redact: [...redact] });
  return ({ summary, request, response, isEventStream }) => {
    const facts = JSON.parse(summary) as InferenceSummary;
    const answer = response === null ? null : answerText(facts.endpoint, response, isEventStream);
    return {
      summary: Buffer.from(JSON.stringify(redactSummary(facts, byForm))),
      request: Buffer.from(byForm.json(jsonText(request))),
      response: answer === null ? null : Buffer.from(byForm.json(answer)),
    };
  };
}

/**
 * Applies the config's own function, which cannot be handed to another thread, to a call before it is handed over; streams are
 * merged for it, because a text in pieces cannot be redacted.
 */
export function ownRedaction({ redactText }: CaptureConfig): ((call: CapturedCall) => CapturedCall) | null {
  if (redactText === undefined) return null;
  const own = redactor({ redact: [], redactText });
  return ({ summary, request, response, isEventStream }) => {
    const answer =
      response === null ? null : answerText(summary.endpoint, Buffer.concat(response), isEventStream);
    return {
      summary: redactSummary(summary, own),
      request: Buffer.from(own.json(jsonText(request))),
      response: answer === null ? null : [Buffer.from(own.json(answer))],
      isEventStream: false,
    };
  };
}
