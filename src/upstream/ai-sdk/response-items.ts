import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { reasoningToken } from './reasoning-token.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** One item of a response's output while it grows. */
export interface OutputItem {
  readonly index: number;
  readonly id: string;
  /** The item as the API writes it. */
  body(status: ItemStatus): Record<string, unknown>;
}

/** A message with one text. */
export class MessageItem implements OutputItem {
  readonly index: number;
  readonly id: string;
  readonly annotations: object[] = [];
  logprobs: unknown[] = [];
  text = '';

  constructor(index: number, id: string) {
    this.index = index;
    this.id = id;
  }

  part(): object {
    return { type: 'output_text', text: this.text, annotations: this.annotations, logprobs: this.logprobs };
  }

  body(status: ItemStatus): Record<string, unknown> {
    const content = status === 'in_progress' ? [] : [this.part()];
    return { id: this.id, type: 'message', status, role: 'assistant', content };
  }
}

/** What a model thought, with what its provider wants to see again. */
export class ReasoningItem implements OutputItem {
  readonly index: number;
  readonly id: string;
  metadata: SharedV4ProviderMetadata = {};
  text = '';

  constructor(index: number, id: string) {
    this.index = index;
    this.id = id;
  }

  part(): object {
    return { type: 'summary_text', text: this.text };
  }

  remember(metadata: SharedV4ProviderMetadata | undefined): void {
    for (const [provider, values] of Object.entries(metadata ?? {})) {
      this.metadata[provider] = { ...this.metadata[provider], ...values };
    }
  }

  body(status: ItemStatus): Record<string, unknown> {
    const token = status === 'in_progress' ? undefined : reasoningToken(this.metadata);
    const summary = this.text === '' ? [] : [this.part()];
    return {
      id: this.id,
      type: 'reasoning',
      summary,
      ...(token === undefined ? {} : { encrypted_content: token }),
    };
  }
}

/** A call of a tool. */
export class CallItem implements OutputItem {
  readonly index: number;
  readonly id: string;
  readonly callId: string;
  readonly name: string;
  text = '';

  constructor(index: number, id: string, call: { callId: string; name: string }) {
    this.index = index;
    this.id = id;
    this.callId = call.callId;
    this.name = call.name;
  }

  body(status: ItemStatus): Record<string, unknown> {
    const { id, callId, name, text } = this;
    return { id, type: 'function_call', status, call_id: callId, name, arguments: text };
  }
}

/** A picture that the model made. */
export class PictureItem implements OutputItem {
  readonly index: number;
  readonly id: string;
  readonly base64: string;

  constructor(index: number, id: string, base64: string) {
    this.index = index;
    this.id = id;
    this.base64 = base64;
  }

  body(status: ItemStatus): Record<string, unknown> {
    return { id: this.id, type: 'image_generation_call', status, result: this.base64 };
  }
}
