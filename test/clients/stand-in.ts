import {
  anthropicError,
  type AnthropicBlock,
  anthropicMessage,
  anthropicStream,
} from '../stand-in/anthropic-replies.ts';
import {
  chatCompletion,
  chatStream,
  openAiError,
  openAiResponse,
  openAiResponseStream,
} from '../stand-in/openai-replies.ts';
import {
  type ProviderReply,
  type ProviderRequest,
  type ScriptedProvider,
  startScriptedProvider,
} from '../stand-in/scripted-provider.ts';
import type { Report } from './program.ts';

type Json = ReturnType<typeof JSON.parse>;

/** A request as this stand-in understands it, in whatever format it came. */
interface Seen {
  /** The last thing the user said. */
  wish: string;
  files: Report['files'];
  /** The result of a tool, if one is there. */
  result: string | null;
  hasTools: boolean;
  stream: boolean;
}

const CALL = { id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' };

/**
 * Plays the providers for the programs of all clients, in three wire formats. It does what the user's words wish: `hello` is greeted,
 * `weather` calls the tool and speaks of its result, `pick` gives an object, `report` tells what was in the request, `fail` is an
 * error, `busy` one that another try does not meet, `slow` answers for seconds, `wait` never, `count` how many calls have left.
 */
export async function startClientsStandIn(): Promise<ScriptedProvider> {
  const busy = new Set<string>();
  let gone = 0;
  return startScriptedProvider((request) => {
    void request.left.then(() => (gone += 1));
    if (request.path === '/v1/embeddings') return embeddings(request.body);
    const seen = seenIn(request);
    const [wish, ...about] = seen.wish.split(' ');
    switch (wish) {
      case 'fail':
        return failure(request);
      case 'busy': {
        const isFirst = !busy.has(about.join(' '));
        busy.add(about.join(' '));
        return isFirst
          ? failure(request, { 'retry-after': '0', 'retry-after-ms': '20' })
          : say(request, seen, { text: 'At last' });
      }
      case 'slow':
        return slowly(say(request, seen, { text: 'word '.repeat(500) }));
      case 'wait':
        return 'stall';
      case 'count':
        return say(request, seen, { text: String(gone) });
      case 'report':
        return say(request, seen, { text: JSON.stringify(reportOf(request, seen)) });
      case 'pick':
        return say(request, seen, { text: '{"city":"Rome","degrees":30}' });
      case 'weather':
        if (seen.result !== null) return say(request, seen, { text: `It is ${seen.result} in Rome` });
        return say(request, seen, { call: true });
      default:
        return say(request, seen, { text: 'Hello there my friend' });
    }
  });
}

function failure({ path }: ProviderRequest, headers: Record<string, string> = {}): ProviderReply {
  if (path === '/v1/messages') return anthropicError(429, 'rate_limit_error', 'Too many calls', headers);
  return openAiError(
    429,
    { message: 'Too many calls', type: 'requests', code: 'rate_limit_exceeded' },
    headers,
  );
}

function say(
  request: ProviderRequest,
  seen: Seen,
  { text, call }: { text?: string; call?: true },
): ProviderReply {
  const { path, body } = request;
  const calls = call === true ? [CALL] : [];
  if (path === '/v1/chat/completions') {
    const answer = { content: text ?? null, calls, n: body.n ?? 1, logprobs: body.logprobs === true };
    const wantsUsage = body.stream_options?.include_usage === true;
    return seen.stream ? chatStream({ ...answer, wantsUsage }) : chatCompletion(answer);
  }
  if (path === '/v1/responses') {
    const answer = { calls, ...(text === undefined ? {} : { text }) };
    return seen.stream ? openAiResponseStream(answer) : openAiResponse(answer);
  }
  const content: AnthropicBlock[] =
    call === true
      ? [{ type: 'tool_use', id: CALL.id, name: CALL.name, input: { city: 'Rome' } }]
      : [{ type: 'text', text: text! }];
  const answer = { content, stopReason: call === true ? 'tool_use' : 'end_turn' };
  return seen.stream ? anthropicStream(answer) : anthropicMessage(answer);
}

function embeddings(body: Json): ProviderReply {
  const texts: string[] = [body.input].flat();
  const numbers = (text: string): number[] => [text.length, 0.5, -1];
  const write = (text: string): number[] | string =>
    body.encoding_format === 'base64'
      ? Buffer.from(new Float32Array(numbers(text)).buffer).toString('base64')
      : numbers(text);
  const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: write(text) }));
  const usage = { prompt_tokens: texts.length, total_tokens: texts.length };
  return { json: { object: 'list', data, model: body.model, usage } };
}

function reportOf({ headers, body }: ProviderRequest, { files }: Seen): Report {
  const own = Object.entries(headers).filter(
    ([name]) => name.startsWith('x-own-') || name.startsWith('x-homegrown-'),
  );
  return {
    files,
    headers: Object.fromEntries(own) as Record<string, string>,
    metadata: body.metadata ?? null,
  };
}

/** Messages of all three formats have a role and a content that is a text or a list of parts. */
function seenIn({ body }: ProviderRequest): Seen {
  const turns: Json[] =
    typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : (body.input ?? body.messages);
  const parts = (turn: Json): Json[] =>
    Array.isArray(turn.content) ? turn.content : [{ type: 'text', text: turn.content ?? '' }];
  const asked = turns.filter(({ role }: Json) => role === 'user').map(parts);
  const spoken = asked.filter((list: Json[]) => list.some((part) => typeof part.text === 'string'));
  return {
    wish: (spoken.at(-1) ?? []).map((part: Json) => part.text ?? '').join(''),
    files: asked.flat().flatMap(fileIn),
    result: resultIn(turns),
    hasTools: (body.tools ?? []).length > 0,
    stream: body.stream === true,
  };
}

function resultIn(turns: Json[]): string | null {
  const last = turns.at(-1);
  if (last.role === 'tool') return String(last.content);
  if (last.type === 'function_call_output') return String(last.output);
  const part = Array.isArray(last.content)
    ? last.content.find(({ type }: Json) => type === 'tool_result')
    : undefined;
  if (part === undefined) return null;
  return typeof part.content === 'string'
    ? part.content
    : part.content.map(({ text }: Json) => text).join('');
}

function fileIn(part: Json): Report['files'] {
  const data = part.image_url?.url ?? part.image_url ?? part.file?.file_data ?? part.file_data;
  if (typeof data === 'string') {
    const [type, base64] = data.slice('data:'.length).split(';base64,');
    return [{ type: type!, bytes: Buffer.from(base64!, 'base64').length }];
  }
  if (part.input_audio !== undefined) {
    return [
      {
        type: `audio/${part.input_audio.format}`,
        bytes: Buffer.from(part.input_audio.data, 'base64').length,
      },
    ];
  }
  if (part.source?.type !== 'base64') return [];
  return [{ type: part.source.media_type, bytes: Buffer.from(part.source.data, 'base64').length }];
}

function slowly(reply: ProviderReply): ProviderReply {
  return typeof reply === 'object' && 'events' in reply ? { ...reply, gapMs: 10 } : reply;
}
