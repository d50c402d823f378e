import { answerRequest } from '../../../test/stand-in/answer-request.ts';
import { numberOf, parseFault } from '../../../test/stand-in/fault.ts';
import type { CallKind } from './call-kinds.ts';

const WORDS = 12;

/** The text that the upstream answers to this request; null where an own model answers or it is no chat. */
export function expectedText(kind: CallKind, body: string): string | null {
  if (kind.model.startsWith('task:') || kind.path !== '/v1/chat/completions') return null;
  const fault = parseFault(kind.fault);
  const wordBytes = fault.name === 'large' ? numberOf(fault, 'bytes', 0) / WORDS : 0;
  const request = JSON.parse(body) as Record<string, unknown>;
  const { plain } = answerRequest(kind.path, request, { seed: 1, words: WORDS, wordBytes });
  const { choices } = JSON.parse(plain) as { choices: { message: { content: string } }[] };
  return choices[0]!.message.content;
}
