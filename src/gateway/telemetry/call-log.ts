import type { InferenceSummary } from '../../schema/inference.ts';
import type { CallDetails, CallObserver } from '../call-observer.ts';
import { readTraceParent } from './trace-context.ts';

/** Writes one line of JSON for each call. Bodies, and what an upstream said in an error (it may quote them), are in it only when contents are wanted. */
export class CallLog implements CallObserver {
  readonly wantsContents: boolean;
  readonly #write: (line: string) => void;
  readonly #redact: (text: string) => string;

  constructor(options: {
    write: (line: string) => void;
    contents: boolean;
    /** Of what an upstream said in an error. */
    redact: (text: string) => string;
  }) {
    this.#write = options.write;
    this.wantsContents = options.contents;
    this.#redact = options.redact;
  }

  finished(call: InferenceSummary, details: CallDetails): void {
    const { error } = call;
    const message = error !== null && this.wantsContents ? { message: this.#redact(error.message) } : {};
    const shown = error === null ? null : { code: error.code, ...message };
    this.#write(JSON.stringify({ ...lineOf(call, details), error: shown, ...bodiesOf(details) }));
  }
}

function lineOf(call: InferenceSummary, details: CallDetails): Record<string, unknown> {
  const { tokens } = call;
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
  };
}

function bodiesOf({ contents }: CallDetails): Record<string, unknown> {
  return contents === null ? {} : { request: contents.request, response: contents.response };
}

function traceOf(traceParent: string): Record<string, string> {
  const { traceId, spanId } = readTraceParent(traceParent);
  return { trace_id: traceId, span_id: spanId };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
