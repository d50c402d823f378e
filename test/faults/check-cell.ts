import type { Api, ClientView } from './client-view.ts';
import type { FaultRow } from './faults.ts';
import type { RawView } from './raw-view.ts';
import { LONGEST_MS } from './scene.ts';

/** One fault met in one way. */
export interface Cell {
  readonly row: FaultRow;
  readonly api: Api;
  readonly stream: boolean;
  readonly hasFallback: boolean;
}

/** What was seen of a cell. */
export interface SeenCell extends Cell {
  readonly client: ClientView;
  readonly raw: RawView;
  readonly rawMs: number;
  /** What a good upstream says to the same question. */
  readonly truth: { readonly text: string; readonly ending: string | null };
  /** The request id of the failing upstream's last answer. */
  readonly upstreamRequestId: string | null;
}

/** What is wrong with a cell; nothing: the promises were kept. */
export function problemsOf(seen: SeenCell): string[] {
  return [
    ...honesty(seen),
    ...times(seen),
    ...agreement(seen),
    ...(seen.row.passes === undefined ? [] : passedOn(seen)),
    ...expectation(seen),
  ];
}

/** No answer is called whole that is not, and no ending is made up. */
function honesty({ client, raw, truth, stream, api, row }: SeenCell): string[] {
  const problems: string[] = [];
  if (client.code?.includes('Error: ') === true) problems.push(`the client broke: ${client.code}`);
  if (client.kind === 'whole') {
    if (client.text !== truth.text)
      problems.push('silent truncation: the client took a part of the answer for the whole');
    if (client.ending !== truth.ending) problems.push(`invented ending: ${client.ending}`);
  }
  if (client.kind !== 'whole' && client.ending !== null && row.stage !== 'after')
    problems.push(`an ending beside a failure: ${client.ending}`);
  if (stream && client.kind === 'cut') {
    if (raw.body.includes('[DONE]')) problems.push('invented ending: [DONE] after a failure');
    if (api === 'responses' && raw.body.includes('response.completed'))
      problems.push('invented ending: completed');
    if (!/(^|\n)(event: error\n)?data: .*"error":\{/.test(raw.body))
      problems.push('no error event in the stream');
  }
  return problems;
}

function times({ client, rawMs }: SeenCell): string[] {
  const slowest = Math.max(client.ms, rawMs);
  return slowest > LONGEST_MS ? [`hang: ${Math.round(slowest)} ms`] : [];
}

/** The socket saw what the client saw. */
function agreement({ client, raw }: SeenCell): string[] {
  if (!raw.isComplete) return ['the answer does not end as its framing says'];
  if (raw.status !== client.status) return [`the socket saw ${raw.status}, the client ${client.status}`];
  return [];
}

/** Status, code, request id and `retry-after` of the last upstream asked are the client's. */
function passedOn({ row, client, raw, hasFallback, upstreamRequestId }: SeenCell): string[] {
  const { status, code, retryAfter = null } = row.passes!;
  if (hasFallback && row.isRefusal !== true) return [];
  const problems: string[] = [];
  if (client.status !== status || client.code !== code)
    problems.push(`expected ${status} ${code}, found ${client.status} ${client.code}`);
  if (client.retryAfter !== retryAfter)
    problems.push(`retry-after: expected ${retryAfter}, found ${client.retryAfter}`);
  if (upstreamRequestId === null || client.requestId?.startsWith('req_up_') !== true)
    problems.push(`request id: expected ${upstreamRequestId}, found ${client.requestId}`);
  if (raw.headers['x-ratelimit-remaining-requests'] !== '9999')
    problems.push('a header of the upstream is missing');
  return problems;
}

/** What the stage of the fault must lead to. */
function expectation({ row, client, hasFallback }: SeenCell): string[] {
  const { kind, target } = client;
  const isFallback = target === 'good/m';
  const expected =
    row.stage === 'never' || row.stage === 'once'
      ? kind === 'whole' && !isFallback
      : row.stage === 'after'
        ? kind === 'cut' && !isFallback
        : hasFallback && row.isRefusal !== true
          ? kind === 'whole' && isFallback
          : kind === 'refused';
  return expected
    ? []
    : [`${row.stage}: found ${kind} by ${target ?? 'nobody'}, ${client.code ?? 'no code'}`];
}
