import type { CallKind } from './call-kinds.ts';

/** What an answer that came to its end is. */
export interface Verdict {
  ended: 'answered' | 'refused' | 'failed';
  text: string;
}

const FAILED: Verdict = { ended: 'failed', text: '' };

/**
 * Reads an answer as an official client would: an answer that names no failure and has no end throws, because a client could take it
 * for a whole one; here it counts as answered, so that the judge of the call finds it wrong.
 */
export function judgeBody(
  bytes: Buffer,
  { status, stream, path }: { status: number; stream: boolean; path: CallKind['path'] },
): Verdict {
  if (status !== 200) return { ended: status < 500 ? 'refused' : 'failed', text: '' };
  return stream ? judgeStream(bytes.toString()) : judgePlain(bytes.toString(), path);
}

function judgePlain(text: string, path: CallKind['path']): Verdict {
  const json = parsed(text);
  if (json === null) return { ended: 'answered', text };
  if (json['error'] !== undefined && json['error'] !== null) return FAILED;
  if (path === '/v1/chat/completions') {
    const choices = json['choices'] as { message?: { content?: string | null } }[] | undefined;
    return { ended: 'answered', text: choices?.[0]?.message?.content ?? '' };
  }
  return { ended: 'answered', text };
}

function judgeStream(text: string): Verdict {
  let content = '';
  for (const event of text.replace(/^\uFEFF/, '').split(/(?:\r\n|\n|\r){2}/)) {
    const json = parsed(dataOf(event));
    if (json === null) continue;
    if (json['error'] !== undefined && json['error'] !== null) return FAILED;
    if (json['type'] === 'error' || json['type'] === 'response.failed') return FAILED;
    const choices = json['choices'] as { delta?: { content?: string } }[] | undefined;
    content += choices?.[0]?.delta?.content ?? '';
  }
  return { ended: 'answered', text: content };
}

function dataOf(event: string): string {
  const lines = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'));
  return lines.map((line) => line.slice('data:'.length).replace(/^ /, '')).join('\n');
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
