import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { TokenCounts } from '../../schema/inference.ts';
import {
  type AnswerIdentity,
  annotationOf,
  identified,
  identityOf,
  imageOf,
  logprobsOf,
} from './chat-answer.ts';
import { chatFinish } from './finish-reason.ts';
import { ModelFailure } from './model-failure.ts';
import { ToolCallDeltas } from './tool-call-deltas.ts';
import { chatUsage, sumOfTokens, tokensOf } from './wire-tokens.ts';

/** The server-sent events of one streamed chat completion, with one writer for each of its choices. */
export class ChatEvents {
  readonly #options: { model: string; wantsUsage: boolean; wantsLogprobs: boolean };
  readonly #tokens: TokenCounts[] = [];
  #identity: AnswerIdentity | undefined;

  constructor(options: { model: string; wantsUsage: boolean; wantsLogprobs: boolean }) {
    this.#options = options;
  }

  choice(index: number): ChatChoiceEvents {
    return new ChatChoiceEvents(this, index, this.#options.wantsLogprobs);
  }

  identify(response: Extract<LanguageModelV4StreamPart, { type: 'response-metadata' }>): void {
    this.#identity ??= identityOf(response, { prefix: 'chatcmpl-', model: this.#options.model });
  }

  count(tokens: TokenCounts): void {
    this.#tokens.push(tokens);
  }

  chunk(choices: readonly object[], more: object = this.#options.wantsUsage ? { usage: null } : {}): string {
    this.#identity ??= identityOf(undefined, { prefix: 'chatcmpl-', model: this.#options.model });
    const body = { ...identified('chat.completion.chunk', this.#identity), choices, ...more };
    return `data: ${JSON.stringify(body)}\n\n`;
  }

  /** After all choices have ended. */
  end(): string {
    const usage = this.#options.wantsUsage ? chatUsage(sumOfTokens(this.#tokens)) : undefined;
    return `${usage === undefined ? '' : this.chunk([], { usage })}data: [DONE]\n\n`;
  }
}

/** Turns the parts of one model stream into the chunks of one choice. */
class ChatChoiceEvents {
  readonly #events: ChatEvents;
  readonly #index: number;
  readonly #wantsLogprobs: boolean;
  readonly #calls = new ToolCallDeltas();
  #hasStarted = false;
  #hasFinished = false;

  constructor(events: ChatEvents, index: number, wantsLogprobs: boolean) {
    this.#events = events;
    this.#index = index;
    this.#wantsLogprobs = wantsLogprobs;
  }

  /** Events for one part; empty for a part that the client does not see. */
  write(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? '' : this.#delta({ content: part.delta });
      case 'reasoning-delta':
        return part.delta === '' ? '' : this.#delta({ reasoning_content: part.delta });
      case 'tool-input-start':
      case 'tool-input-delta':
      case 'tool-call':
        return this.#toolCall(part);
      case 'source': {
        const annotations = annotationOf(part);
        return annotations.length === 0 ? '' : this.#delta({ annotations });
      }
      case 'file':
        return this.#delta({ images: [imageOf(part)] });
      case 'response-metadata':
        this.#events.identify(part);
        return '';
      case 'finish':
        return this.#finish(part);
      case 'error':
        throw part.error;
      default:
        return '';
    }
  }

  /** Throws `ModelFailure` when the stream ended without saying that it was whole. */
  close(): void {
    if (this.#hasFinished) return;
    throw new ModelFailure({ code: 'ended-early', message: 'the stream ended before the answer did' });
  }

  #toolCall(
    part: Extract<LanguageModelV4StreamPart, { type: 'tool-input-start' | 'tool-input-delta' | 'tool-call' }>,
  ): string {
    const deltas = this.#calls.deltasOf(part);
    return deltas.map((delta) => this.#delta({ tool_calls: [openAiDelta(delta)] })).join('');
  }

  #delta(delta: object): string {
    return this.#start('tool_calls' in delta ? null : '') + this.#choice({ delta, finish_reason: null });
  }

  #start(content: '' | null = ''): string {
    if (this.#hasStarted) return '';
    this.#hasStarted = true;
    return this.#choice({ delta: { role: 'assistant', content }, finish_reason: null });
  }

  #choice(choice: object): string {
    return this.#events.chunk([{ index: this.#index, ...choice }]);
  }

  #finish(part: Extract<LanguageModelV4StreamPart, { type: 'finish' }>): string {
    const finish = chatFinish(part.finishReason);
    this.#hasFinished = true;
    this.#events.count(tokensOf(part.usage));
    // The AI SDK gives log-probabilities at the end alone.
    const logprobs = this.#wantsLogprobs ? { logprobs: logprobsOf(part.providerMetadata) } : {};
    return this.#start() + this.#choice({ delta: {}, ...logprobs, finish_reason: finish });
  }
}

function openAiDelta({ index, id, name, text }: ReturnType<ToolCallDeltas['deltasOf']>[number]): object {
  if (id === undefined) return { index, function: { arguments: text } };
  return { index, id, type: 'function', function: { name, arguments: text } };
}
