import type { ProviderReply } from './scripted-provider.ts';

/** A block of an answer in the format of Anthropic's messages. */
export type AnthropicBlock =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'tool_use'; id: string; name: string; input: object };

interface AnthropicAnswer {
  content: readonly AnthropicBlock[];
  stopReason?: string;
  usage?: object;
}

const HEADERS = { 'request-id': 'req_anthropic_1', 'anthropic-ratelimit-requests-remaining': '99' };
const USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 7,
  output_tokens: 5,
};

/** What `POST /v1/messages` answers. */
export function anthropicMessage({
  content,
  stopReason = 'end_turn',
  usage = USAGE,
}: AnthropicAnswer): ProviderReply {
  return {
    headers: HEADERS,
    json: { ...START, content, stop_reason: stopReason, stop_sequence: null, usage },
  };
}

const START = { id: 'msg_01', type: 'message', role: 'assistant', model: 'claude-stand-in-2026' };

/** The same as a stream; each text is cut into single characters. */
export function anthropicStream(answer: AnthropicAnswer): Extract<ProviderReply, { events: unknown }> {
  const { content, stopReason = 'end_turn', usage = USAGE } = answer;
  const { output_tokens: outputTokens = 0, ...inputUsage } = usage as { output_tokens?: number };
  return {
    headers: HEADERS,
    events: [
      {
        type: 'message_start',
        message: {
          ...START,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { ...inputUsage, output_tokens: 1 },
        },
      },
      { type: 'ping' },
      ...content.flatMap(blockEvents),
      {
        type: 'message_delta',
        delta: { stop_reason: stopReason, stop_sequence: null },
        usage: { output_tokens: outputTokens },
      },
      { type: 'message_stop' },
    ],
  };
}

function blockEvents(block: AnthropicBlock, index: number): object[] {
  const start = (content_block: object): object => ({ type: 'content_block_start', index, content_block });
  const delta = (change: object): object => ({ type: 'content_block_delta', index, delta: change });
  const stop = { type: 'content_block_stop', index };
  switch (block.type) {
    case 'text':
      return [
        start({ type: 'text', text: '' }),
        ...Array.from(block.text, (text) => delta({ type: 'text_delta', text })),
        stop,
      ];
    case 'thinking':
      return [
        start({ type: 'thinking', thinking: '', signature: '' }),
        ...Array.from(block.thinking, (thinking) => delta({ type: 'thinking_delta', thinking })),
        delta({ type: 'signature_delta', signature: block.signature }),
        stop,
      ];
    case 'tool_use': {
      const { id, name, input } = block;
      const text = Object.keys(input).length === 0 ? '' : JSON.stringify(input);
      const pieces = text.match(/.{1,6}/g) ?? [];
      return [
        start({ type: 'tool_use', id, name, input: {} }),
        delta({ type: 'input_json_delta', partial_json: '' }),
        ...pieces.map((partial_json) => delta({ type: 'input_json_delta', partial_json })),
        stop,
      ];
    }
  }
}

/** An error of Anthropic's API. */
export function anthropicError(
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): ProviderReply {
  return {
    status,
    headers: { ...HEADERS, ...headers },
    json: { type: 'error', error: { type, message }, request_id: 'req_anthropic_1' },
  };
}
