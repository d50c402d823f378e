import { ApiError } from '../api-error.ts';
import { discardBody, isBodyPending } from '../discard-body.ts';
import type { HeldAnswer } from './attempt-result.ts';
import type { GatewayCall } from './gateway-call.ts';
import { targetName } from './target-name.ts';
import type { TryResult } from './try-targets.ts';

/** What is still to be sent of an answer, and all of it for the capture. */
export interface ClientAnswer {
  /** null: the head and all before the tail have gone out. */
  readonly whole: HeldAnswer | null;
  readonly tail: Uint8Array | null;
  /** Of the whole body in order; null when there was none. */
  readonly bytes: readonly Uint8Array[] | null;
  readonly isEventStream: boolean;
}

/** What the client of a finished call gets. */
export function clientAnswerOf(call: GatewayCall, { target, result }: TryResult): ClientAnswer {
  switch (result.kind) {
    case 'streamed':
      return { whole: null, tail: result.tail, bytes: result.bytes, isEventStream: true };
    case 'left':
      return { whole: null, tail: null, bytes: result.bytes, isEventStream: result.bytes !== null };
    case 'whole':
    case 'failed': {
      const held = result.kind === 'whole' ? result.answer : heldAnswerOf(result.failure.answer);
      const headers = {
        ...held.headers,
        ...call.ownHeaders(target === null ? null : targetName(target), held.headers),
      };
      const isEventStream = String(held.headers['content-type']).startsWith('text/event-stream');
      return { whole: { ...held, headers }, tail: null, bytes: [held.body], isEventStream };
    }
    default:
      return result satisfies never;
  }
}

/** Sends what is still to be sent. Nothing happens when the client has left. */
export function sendAnswer(call: GatewayCall, { whole, tail }: ClientAnswer): void {
  const { outgoing } = call;
  if (outgoing.destroyed) return;
  if (whole === null) {
    if (tail === null) outgoing.end();
    else outgoing.end(tail);
    return;
  }
  const { status, headers, body } = whole;
  call.bytesOut += body.length;
  outgoing.writeHead(status, { ...headers, 'content-length': body.length });
  outgoing.end(body);
}

/**
 * Refuses a call. While the client still sends its body the response is written whole but not ended: many clients read nothing
 * until they have sent everything, and closing the connection before would take the answer from them.
 */
export function sendRefusal(call: GatewayCall, error: ApiError): void {
  const { outgoing, incoming } = call;
  if (outgoing.destroyed) return;
  const { status, headers, body } = heldAnswerOf(error);
  const isPending = isBodyPending(incoming);
  call.bytesOut += body.length;
  outgoing.writeHead(status, { ...call.ownHeaders(null, {}), ...headers, 'content-length': body.length });
  outgoing.write(body);
  if (isPending) void discardBody(incoming).then(() => outgoing.end());
  else outgoing.end();
}

function heldAnswerOf(answer: HeldAnswer | ApiError): HeldAnswer {
  if (!(answer instanceof ApiError)) return answer;
  const headers = { ...answer.headers, 'content-type': 'application/json' };
  return { status: answer.status, headers, body: Buffer.from(answer.toBody()) };
}
