import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';

/** A piece of a tool call; the first of a call has its id and name. */
export interface ToolCallDelta {
  index: number;
  id?: string;
  name?: string;
  text: string;
}

type ToolPart = Extract<
  LanguageModelV4StreamPart,
  { type: 'tool-input-start' | 'tool-input-delta' | 'tool-call' }
>;

interface Call {
  index: number;
  sent: string;
  /** Its pieces are not JSON, so the whole is sent at the end. */
  isHeldBack: boolean;
}

/** Follows the tool calls of a stream, whether a provider streams their arguments, sends them whole, or both. */
export class ToolCallDeltas {
  readonly #calls = new Map<string, Call>();
  /** Calls the provider makes itself are not the client's business. */
  readonly #providers = new Set<string>();

  deltasOf(part: ToolPart): ToolCallDelta[] {
    switch (part.type) {
      case 'tool-input-start': {
        if (part.providerExecuted === true) {
          this.#providers.add(part.id);
          return [];
        }
        return [this.#start(part.id, part.toolName, part.inputEncoding === 'text')];
      }
      case 'tool-input-delta':
        return this.#piece(part.id, part.delta);
      case 'tool-call':
        return part.providerExecuted === true ? [] : this.#whole(part);
    }
  }

  #start(id: string, name: string, isHeldBack: boolean): ToolCallDelta {
    const index = this.#calls.size;
    this.#calls.set(id, { index, sent: '', isHeldBack });
    return { index, id, name, text: '' };
  }

  #piece(id: string, text: string): ToolCallDelta[] {
    const call = this.#calls.get(id);
    if (call === undefined || call.isHeldBack || text === '') return [];
    call.sent += text;
    return [{ index: call.index, text }];
  }

  /** What of the whole call was not sent yet: all of it, or nothing, or arguments whose pieces were empty. */
  #whole({ toolCallId: id, toolName, input }: Extract<ToolPart, { type: 'tool-call' }>): ToolCallDelta[] {
    const call = this.#calls.get(id);
    if (call === undefined) {
      const start = this.#start(id, toolName, false);
      this.#calls.get(id)!.sent = input;
      return [{ ...start, text: input }];
    }
    if (call.sent !== '') return [];
    call.sent = input;
    return [{ index: call.index, text: input }];
  }
}
