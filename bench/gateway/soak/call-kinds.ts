import { type Random } from '../../../src/util/random.ts';

/** What a call of the soak asks for, and what may come of it. */
export interface CallKind {
  name: string;
  path: '/v1/chat/completions' | '/v1/responses' | '/v1/embeddings';
  stream: boolean;
  /** What the upstream does (`test/stand-in/fault.ts`). */
  fault: string;
  model: string;
  /** `whole`: must be answered well. `not-whole`: must not look as if it were. `either`: both are right. */
  must: 'whole' | 'not-whole' | 'either';
  /** Leaves this long after it asked, milliseconds. */
  leaveAfterMs?: number;
  /** The body as it is, instead of a good one. */
  body?: string;
}

const chat = { path: '/v1/chat/completions', model: 'm', fault: 'ok', stream: false, must: 'whole' } as const;

/** The good plain call. */
export const PLAIN: CallKind = { ...chat, name: 'plain' };

const GOOD: readonly CallKind[] = [
  PLAIN,
  { ...chat, name: 'stream', stream: true, fault: 'ok;gap=2' },
  { ...chat, name: 'own', model: 'task:topic' },
  { ...chat, name: 'own stream', model: 'task:topic', stream: true },
];

const OTHER: readonly CallKind[] = [
  { ...chat, name: 'responses', path: '/v1/responses' },
  { ...chat, name: 'responses stream', path: '/v1/responses', stream: true },
  { ...chat, name: 'embeddings', path: '/v1/embeddings' },
  { ...chat, name: 'large', fault: 'large;bytes=200000' },
  { ...chat, name: 'large stream', stream: true, fault: 'large;bytes=200000' },
];

const REFUSED: readonly CallKind[] = [
  { ...chat, name: 'bad JSON', must: 'not-whole', body: '{"model": "m", "messages": [' },
  { ...chat, name: 'unknown own model', model: 'topic@999', must: 'not-whole' },
  { ...chat, name: 'no messages', model: 'task:topic', must: 'not-whole', body: '{"model":"task:topic"}' },
];

const LEAVING: readonly CallKind[] = [
  { ...chat, name: 'leaves before headers', fault: 'stall-before-headers', must: 'either', leaveAfterMs: 40 },
  {
    ...chat,
    name: 'leaves a stream',
    stream: true,
    fault: 'ok;gap=20',
    must: 'either',
    leaveAfterMs: 60,
  },
  { ...chat, name: 'leaves a retry', fault: 'status-503', must: 'either', leaveAfterMs: 15 },
];

const FAULTY: readonly [fault: string, must: CallKind['must'], of: 'plain' | 'stream' | 'both'][] = [
  ['status-400', 'not-whole', 'both'],
  ['status-401', 'not-whole', 'both'],
  ['status-429;retry-after-ms=20', 'not-whole', 'both'],
  ['status-500', 'not-whole', 'both'],
  ['status-529', 'not-whole', 'both'],
  ['status-429-then-ok;retry-after-ms=20', 'whole', 'both'],
  ['status-500-then-ok', 'whole', 'both'],
  ['cut-before-headers', 'not-whole', 'both'],
  ['cut-before-headers-then-ok', 'whole', 'both'],
  ['cut-after-headers', 'not-whole', 'both'],
  ['cut-mid', 'not-whole', 'both'],
  ['cut-mid;how=fin', 'not-whole', 'both'],
  ['cut-mid;how=fin;framing=close', 'not-whole', 'both'],
  ['end-without-done', 'either', 'stream'],
  ['end-without-finish', 'not-whole', 'stream'],
  ['done-without-finish', 'not-whole', 'stream'],
  ['stall-before-headers', 'not-whole', 'both'],
  ['stall-before-content', 'not-whole', 'both'],
  ['stall-mid', 'not-whole', 'both'],
  ['stall-after-done', 'either', 'stream'],
  ['slow-headers;ms=100', 'whole', 'both'],
  ['trickle;bytes=64;gap=2', 'whole', 'both'],
  ['malformed-part', 'not-whole', 'stream'],
  ['bad-utf8-part', 'either', 'stream'],
  ['error-part', 'not-whole', 'stream'],
  ['error-first', 'not-whole', 'stream'],
  ['error-in-200', 'not-whole', 'both'],
  ['short-body', 'not-whole', 'plain'],
  // All of the answer is there, its own end too.
  ['short-body', 'either', 'stream'],
  ['malformed-body', 'not-whole', 'plain'],
  ['html', 'not-whole', 'both'],
  ['html;status=502', 'not-whole', 'both'],
  ['wrong-content-type', 'either', 'both'],
  ['gzip-garbage', 'not-whole', 'both'],
  ['gzip', 'whole', 'both'],
  ['empty', 'not-whole', 'both'],
  ['not-http', 'not-whole', 'both'],
  ['huge-header;bytes=10000', 'whole', 'both'],
  ['odd-framing', 'whole', 'stream'],
  ['length-framed', 'whole', 'stream'],
];

const FAULTS: readonly CallKind[] = FAULTY.flatMap(([fault, must, of]) =>
  (of === 'both' ? [false, true] : [of === 'stream']).map((stream) => ({
    ...chat,
    name: `${fault}${stream ? ', streamed' : ''}`,
    stream,
    fault,
    must,
  })),
);

/** Shares of the calls, adding up to 1. */
const SHARES: readonly [share: number, kinds: readonly CallKind[]][] = [
  [0.4, GOOD.slice(0, 1)],
  [0.2, GOOD.slice(1, 2)],
  [0.12, GOOD.slice(2)],
  [0.05, OTHER],
  [0.03, REFUSED],
  [0.05, LEAVING],
  [0.15, FAULTS],
];

/** Draws what comes next. */
export function drawKind(random: Random): CallKind {
  let place = random.next();
  for (const [share, kinds] of SHARES) {
    if (place < share) return kinds[random.integer(kinds.length)]!;
    place -= share;
  }
  return GOOD[0]!;
}

/** The name by which the plot and the verdict tell good plain calls. */
export const STEADY_KINDS: readonly string[] = GOOD.map(({ name }) => name);

/** Calls that nobody is asked to answer. */
export function isRefusedAtOnce(kind: string): boolean {
  return REFUSED.some(({ name }) => name === kind);
}
