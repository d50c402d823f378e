import type { InferenceSummary } from '../../schema/inference.ts';
import type { CallDetails, CallObserver } from '../call-observer.ts';
import { readTraceParent } from './trace-context.ts';

/** Writes one line of JSON for each call. Bodies, and what an upstream said in an error (it may quote them), are in it only when contents are wanted. */
export class CallLog implements CallObserver {
  readonly wantsContents: boolean;
  readonly #write: (line: string) => void;

  constructor({ write, contents }: { write: (line: string) => void; contents: boolean }) {
    this.#write = write;
    this.wantsContents = contents;
  }

  finished(call: InferenceSummary, details: CallDetails): void {
    this.#write(JSON.stringify(lineOf(call, details, this.wantsContents)));
  }
}

function lineOf(
  call: InferenceSummary,
  details: CallDetails,
  withContents: boolean,
): Record<string, unknown> {
  const { tokens, error } = call;
  const trace = details.traceParent ?? details.facts?.traceParent ?? null;
  return {
    time: call.at,
    level: 'info',
    event: 'call',
    inference: call.id,
    request_id: call.requestId,
    ...(trace === null ? {} : traceOf(trace)),
    endpoint: call.endpoint,
    task: call.task,
    model: call.model,
    target: call.target,
    answered_as: call.answeredAs,
    ...(call.shadowOf === null ? {} : { shadow_of: call.shadowOf }),
    key: call.key,
    status: call.status,
    error: error === null ? null : withContents ? error : { code: error.code },
    stream: call.stream,
    attempts: call.attempts.length,
    duration_ms: rounded(call.durationMs),
    first_content_ms: call.firstContentMs === null ? null : rounded(call.firstContentMs),
    input_tokens: tokens.input,
    cached_input_tokens: tokens.cachedInput,
    output_tokens: tokens.output,
    reasoning_tokens: tokens.reasoning,
    cost_usd: call.costUsd,
    bytes_in: details.bytesIn,
    bytes_out: details.bytesOut,
    ...(details.contents === null
      ? {}
      : { request: details.contents.request, response: details.contents.response }),
  };
}

function traceOf(traceParent: string): Record<string, string> {
  const { traceId, spanId } = readTraceParent(traceParent);
  return { trace_id: traceId, span_id: spanId };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
