import { answerText } from '../../protocol/answer-text.ts';
import { redactSummary } from '../../protocol/redaction/redact-summary.ts';
import { type Redactor, redactor } from '../../protocol/redaction/redactor.ts';
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
  return (record) => ({
    summary: record.hasFreeTexts ? redactedSummary(record.summary, byForm) : record.summary,
    request: redactedJson(record.request, byForm),
    response: record.response === null ? null : preparedAnswer(record, record.response, byForm),
  });
}

function redactedSummary(summary: Buffer, byForm: Redactor): Buffer {
  const facts = JSON.parse(summary.toString()) as InferenceSummary;
  return Buffer.from(JSON.stringify(redactSummary(facts, byForm)));
}

function redactedJson(bytes: Buffer, byForm: Redactor): Buffer {
  const text = bytes.toString();
  const redacted = byForm.json(text);
  return redacted === text ? bytes : Buffer.from(redacted);
}

function preparedAnswer({ endpoint, isEventStream }: CallRecord, response: Buffer, byForm: Redactor): Buffer {
  return Buffer.from(byForm.json(answerText(endpoint, response, isEventStream)));
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
      request: Buffer.from(own.json(Buffer.from(request).toString())),
      response: answer === null ? null : [Buffer.from(own.json(answer))],
      isEventStream: false,
    };
  };
}
