import { answerText, jsonText } from '../../protocol/answer-text.ts';
import type { Redactor } from '../../protocol/redaction/redactor.ts';
import type { Endpoint } from '../../schema/inference.ts';
import type { CallContents } from '../call-observer.ts';

/** The bodies of a call as the capture keeps them: streams merged, contents redacted. */
export function callContents(
  call: {
    endpoint: Endpoint;
    request: Uint8Array;
    response: readonly Uint8Array[] | null;
    isEventStream: boolean;
  },
  redactor: Redactor | null,
): CallContents {
  const { endpoint, request, response, isEventStream } = call;
  const redacted = (json: string): string => redactor?.json(json) ?? json;
  return {
    request: redacted(jsonText(request)),
    response:
      response === null ? null : redacted(answerText(endpoint, Buffer.concat(response), isEventStream)),
  };
}
