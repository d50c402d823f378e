import type { Endpoint, InferenceSummary } from '../../schema/inference.ts';
import type { CallDetails } from '../call-observer.ts';
import { contentAttributes } from './span-contents.ts';
import { childTraceParent, readTraceParent, type TraceContext } from './trace-context.ts';

export type AttributeValue = string | number | boolean | string[];
export type Attributes = Record<string, AttributeValue>;

/** A finished span, before it takes the form of an exporter. Times are milliseconds since 1970. */
export interface CallSpan {
  readonly name: string;
  readonly context: TraceContext;
  /** Of whoever called us. */
  readonly parent: TraceContext | null;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  /** Code of the error; null: none. */
  readonly error: string | null;
  readonly events: readonly { readonly name: string; readonly at: number; readonly attributes: Attributes }[];
}

/** What spans say of an upstream. */
export interface UpstreamIdentity {
  /** By the semantic conventions, for example `openai`. */
  readonly provider: string;
  readonly address: string | null;
  readonly port: number | null;
}

/** https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ */
const OPERATIONS: Readonly<Record<Endpoint, string>> = {
  'chat-completions': 'chat',
  responses: 'chat',
  embeddings: 'embeddings',
  predict: 'classify',
};

/** The span of a call, named and described by OpenTelemetry's conventions for generative AI. */
export function callSpanOf(
  call: InferenceSummary,
  details: CallDetails,
  identityOf: (upstream: string) => UpstreamIdentity | null,
): CallSpan {
  const given = details.facts?.traceParent ?? null;
  const startedAt = Date.parse(call.at);
  const operation = OPERATIONS[call.endpoint];
  return {
    name: `${operation} ${call.model}`.trim(),
    context: readTraceParent(details.traceParent ?? childTraceParent(given)),
    parent: given === null ? null : readTraceParent(given),
    startedAt,
    endedAt: startedAt + call.durationMs,
    attributes: defined({
      'gen_ai.operation.name': operation,
      ...targetAttributes(call, identityOf),
      ...requestAttributes(details.facts?.request ?? {}, call),
      ...usageAttributes(call),
      ...ownAttributes(call),
      ...(details.contents === null ? {} : contentAttributes(details.contents)),
    }),
    error: call.error?.code ?? null,
    events: attemptEvents(call, startedAt),
  };
}

function targetAttributes(
  { target }: InferenceSummary,
  identityOf: (upstream: string) => UpstreamIdentity | null,
): Partial<Attributes> {
  if (target === null) return {};
  const slash = target.indexOf('/');
  if (slash === -1) return { 'gen_ai.provider.name': 'homegrown', 'gen_ai.response.model': target };
  const identity = identityOf(target.slice(0, slash));
  return {
    'gen_ai.provider.name': identity?.provider ?? target.slice(0, slash),
    'gen_ai.response.model': target.slice(slash + 1),
    ...(identity === null || identity.address === null ? {} : { 'server.address': identity.address }),
    ...(identity === null || identity.port === null ? {} : { 'server.port': identity.port }),
  };
}

const REQUEST_NUMBERS: readonly (readonly [member: string, attribute: string])[] = [
  ['max_tokens', 'gen_ai.request.max_tokens'],
  ['max_completion_tokens', 'gen_ai.request.max_tokens'],
  ['max_output_tokens', 'gen_ai.request.max_tokens'],
  ['temperature', 'gen_ai.request.temperature'],
  ['top_p', 'gen_ai.request.top_p'],
  ['frequency_penalty', 'gen_ai.request.frequency_penalty'],
  ['presence_penalty', 'gen_ai.request.presence_penalty'],
  ['seed', 'gen_ai.request.seed'],
  ['n', 'gen_ai.request.choice.count'],
  ['dimensions', 'gen_ai.embeddings.dimension.count'],
];

function requestAttributes(
  request: Readonly<Record<string, unknown>>,
  call: InferenceSummary,
): Partial<Attributes> {
  const attributes: Attributes = { 'gen_ai.request.model': call.model };
  for (const [member, attribute] of REQUEST_NUMBERS) {
    const value = request[member];
    if (typeof value === 'number' && !(member === 'n' && value === 1)) attributes[attribute] = value;
  }
  if (call.stream) attributes['gen_ai.request.stream'] = true;
  const { stop, encoding_format: encoding, service_tier: tier } = request;
  const stops = typeof stop === 'string' ? [stop] : stop;
  if (Array.isArray(stops) && stops.every((one) => typeof one === 'string'))
    attributes['gen_ai.request.stop_sequences'] = stops;
  if (typeof encoding === 'string') attributes['gen_ai.request.encoding_formats'] = [encoding];
  if (typeof tier === 'string') attributes['gen_ai.openai.request.service_tier'] = tier;
  return attributes;
}

function usageAttributes({
  tokens,
  firstContentMs,
  responseId,
  status,
  error,
}: InferenceSummary): Partial<Record<string, AttributeValue | null>> {
  return {
    'gen_ai.response.id': responseId,
    'gen_ai.usage.input_tokens': tokens.input,
    'gen_ai.usage.output_tokens': tokens.output,
    'gen_ai.usage.cache_read.input_tokens': tokens.cachedInput,
    'gen_ai.usage.reasoning.output_tokens': tokens.reasoning,
    'gen_ai.response.time_to_first_chunk': firstContentMs === null ? null : firstContentMs / 1000,
    'http.response.status_code': status,
    'error.type': error?.code ?? null,
  };
}

function ownAttributes(call: InferenceSummary): Record<string, AttributeValue | null> {
  return {
    'homegrown.inference': call.id,
    'homegrown.request_id': call.requestId,
    'homegrown.task': call.task,
    'homegrown.target': call.target,
    'homegrown.answered_as': call.answeredAs,
    'homegrown.shadow_of': call.shadowOf,
    'homegrown.key': call.key,
    'homegrown.attempts': call.attempts.length,
    'homegrown.cost_usd': call.costUsd,
  };
}

/** Tries whose answer was not used. */
function attemptEvents({ attempts }: InferenceSummary, startedAt: number): CallSpan['events'] {
  let at = startedAt;
  return attempts.flatMap(({ target, status, failure, durationMs }) => {
    at += durationMs;
    if (failure === null) return [];
    const attributes = defined({
      'homegrown.target': target,
      'http.response.status_code': status,
      'error.type': failure,
    });
    return [{ name: 'homegrown.attempt.failed', at, attributes }];
  });
}

function defined(attributes: Record<string, AttributeValue | null | undefined>): Attributes {
  const known = Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(known) as Attributes;
}
