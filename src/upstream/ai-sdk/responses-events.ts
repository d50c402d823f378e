import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { randomUUID } from 'node:crypto';
import { type AnswerIdentity, annotationOf, identityOf, logprobsOf } from './chat-answer.ts';
import { chatFinish } from './finish-reason.ts';
import { ModelFailure } from './model-failure.ts';
import {
  CallItem,
  type ItemStatus,
  MessageItem,
  type OutputItem,
  PictureItem,
  ReasoningItem,
} from './response-items.ts';
import { responseBody } from './response-body.ts';
import type { ResponsesCall } from './responses-call.ts';
import { ToolCallDeltas } from './tool-call-deltas.ts';
import { responsesUsage, tokensOf } from './wire-tokens.ts';

type Part<T extends LanguageModelV4StreamPart['type']> = Extract<LanguageModelV4StreamPart, { type: T }>;

/** Turns the parts of a model's stream into the events of a response, and into the response itself. */
export class ResponsesEvents {
  readonly #call: ResponsesCall;
  readonly #model: string;
  readonly #output: OutputItem[] = [];
  readonly #closed = new Map<OutputItem, ItemStatus>();
  readonly #texts = new Map<string, MessageItem>();
  readonly #thoughts = new Map<string, ReasoningItem>();
  readonly #calls = new Map<number, CallItem>();
  readonly #deltas = new ToolCallDeltas();
  #identity: AnswerIdentity | undefined;
  #sequence = 0;
  #response: Record<string, unknown> | undefined;

  constructor(call: ResponsesCall, model: string) {
    this.#call = call;
    this.#model = model;
  }

  /** The whole response, once it has ended. Throws `ModelFailure` when the model did not say that it was whole. */
  get response(): Record<string, unknown> {
    if (this.#response !== undefined) return this.#response;
    throw new ModelFailure({ code: 'ended-early', message: 'the stream ended before the answer did' });
  }

  /** Events for one part; empty for a part that the client does not see. */
  write(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? '' : this.#text(part);
      case 'text-end':
        return this.#close(this.#texts.get(part.id));
      case 'reasoning-start':
      case 'reasoning-delta':
      case 'reasoning-end':
        return this.#reasoning(part);
      case 'tool-input-start':
      case 'tool-input-delta':
      case 'tool-call':
        return this.#toolCall(part);
      case 'source':
        return this.#source(part);
      case 'file':
        return this.#picture(part);
      case 'response-metadata':
        this.#identity ??= identityOf(part, { prefix: 'resp_', model: this.#model });
        return '';
      case 'finish':
        return this.#finish(part);
      case 'error':
        throw part.error;
      default:
        return '';
    }
  }

  #text({ id, delta }: Part<'text-delta'>): string {
    let item = this.#texts.get(id);
    let start = '';
    if (item === undefined) {
      item = this.#add(new MessageItem(this.#output.length, newId('msg')));
      this.#texts.set(id, item);
      const part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
      start = this.#added(item) + this.#event('response.content_part.added', { ...contentOf(item), part });
    }
    item.text += delta;
    return start + this.#event('response.output_text.delta', { ...contentOf(item), delta, logprobs: [] });
  }

  #reasoning(part: Part<'reasoning-start' | 'reasoning-delta' | 'reasoning-end'>): string {
    const delta = part.type === 'reasoning-delta' ? part.delta : '';
    let item = this.#thoughts.get(part.id);
    // A thought that is only a signature or an encrypted text is an item too.
    const isWorthAnItem = delta !== '' || part.providerMetadata !== undefined;
    if (item === undefined && !isWorthAnItem) return '';
    let events = '';
    if (item === undefined) {
      item = this.#add(new ReasoningItem(this.#output.length, newId('rs')));
      this.#thoughts.set(part.id, item);
      events += this.#added(item);
    }
    item.remember(part.providerMetadata);
    if (delta !== '') events += this.#thought(item, delta);
    return part.type === 'reasoning-end' ? events + this.#close(item) : events;
  }

  #thought(item: ReasoningItem, delta: string): string {
    const empty = { type: 'summary_text', text: '' };
    const start =
      item.text === ''
        ? this.#event('response.reasoning_summary_part.added', { ...summaryOf(item), part: empty })
        : '';
    item.text += delta;
    return start + this.#event('response.reasoning_summary_text.delta', { ...summaryOf(item), delta });
  }

  #toolCall(part: Part<'tool-input-start' | 'tool-input-delta' | 'tool-call'>): string {
    const events = this.#deltas.deltasOf(part).map(({ index, id, name, text }) => {
      let item = this.#calls.get(index);
      let start = '';
      if (item === undefined) {
        item = this.#add(new CallItem(this.#output.length, newId('fc'), { callId: id!, name: name! }));
        this.#calls.set(index, item);
        start = this.#added(item);
      }
      if (text === '') return start;
      item.text += text;
      return start + this.#event('response.function_call_arguments.delta', { ...placeOf(item), delta: text });
    });
    if (part.type !== 'tool-call' || part.providerExecuted === true) return events.join('');
    return (
      events.join('') +
      this.#close([...this.#calls.values()].find(({ callId }) => callId === part.toolCallId))
    );
  }

  #source(part: Part<'source'>): string {
    const item = [...this.#texts.values()].at(-1);
    if (item === undefined) return '';
    return annotationOf(part)
      .map(({ url_citation: citation }) => {
        const annotation = { type: 'url_citation', ...(citation as object) };
        const index = item.annotations.push(annotation) - 1;
        const place = { ...contentOf(item), annotation_index: index, annotation };
        return this.#event('response.output_text.annotation.added', place);
      })
      .join('');
  }

  #picture({ mediaType, data }: Part<'file'>): string {
    if (!mediaType.startsWith('image/') || data.type === 'url') {
      const message = `the model answered with a file of type ${mediaType}, which a response cannot hold`;
      throw new ModelFailure({ code: 'not-translatable', message });
    }
    const base64 = typeof data.data === 'string' ? data.data : Buffer.from(data.data).toString('base64');
    const item = this.#add(new PictureItem(this.#output.length, newId('ig'), base64));
    return this.#added(item) + this.#close(item);
  }

  #finish({ finishReason, usage, providerMetadata }: Part<'finish'>): string {
    const finish = chatFinish(finishReason);
    const status = finish === 'length' || finish === 'content_filter' ? 'incomplete' : 'completed';
    this.#takeLogprobs(logprobsOf(providerMetadata)?.content);
    const start = this.#start();
    const closing = this.#output.map((item) => this.#close(item, status)).join('');
    this.#response = this.#body(status, {
      incomplete_details:
        status === 'completed'
          ? null
          : { reason: finish === 'length' ? 'max_output_tokens' : 'content_filter' },
      usage: responsesUsage(tokensOf(usage)) ?? null,
    });
    return start + closing + this.#event(`response.${status}`, { response: this.#response });
  }

  /** They come at the end alone, so they are in the whole response and not in its parts. */
  #takeLogprobs(logprobs: unknown[] | undefined): void {
    const message = [...this.#texts.values()].at(-1);
    if (this.#call.wantsLogprobs && message !== undefined && logprobs !== undefined)
      message.logprobs = logprobs;
  }

  #close(item: OutputItem | undefined, status: ItemStatus = 'completed'): string {
    if (item === undefined || this.#closed.has(item)) return '';
    this.#closed.set(item, status);
    return (
      this.#partsDone(item) +
      this.#event('response.output_item.done', { output_index: item.index, item: item.body(status) })
    );
  }

  #partsDone(item: OutputItem): string {
    if (item instanceof MessageItem) {
      const { text } = item;
      return (
        this.#event('response.output_text.done', { ...contentOf(item), text, logprobs: item.logprobs }) +
        this.#event('response.content_part.done', { ...contentOf(item), part: item.part() })
      );
    }
    if (item instanceof ReasoningItem && item.text !== '') {
      const { text } = item;
      return (
        this.#event('response.reasoning_summary_text.done', { ...summaryOf(item), text }) +
        this.#event('response.reasoning_summary_part.done', { ...summaryOf(item), part: item.part() })
      );
    }
    if (!(item instanceof CallItem)) return '';
    const { name, text } = item;
    return this.#event('response.function_call_arguments.done', { ...placeOf(item), name, arguments: text });
  }

  #add<T extends OutputItem>(item: T): T {
    this.#output.push(item);
    return item;
  }

  #added(item: OutputItem): string {
    const place = { output_index: item.index, item: item.body('in_progress') };
    return this.#start() + this.#event('response.output_item.added', place);
  }

  #start(): string {
    if (this.#sequence > 0) return '';
    this.#identity ??= identityOf(undefined, { prefix: 'resp_', model: this.#model });
    const response = this.#body('in_progress', { output: [], incomplete_details: null, usage: null });
    return this.#event('response.created', { response }) + this.#event('response.in_progress', { response });
  }

  #body(status: ItemStatus, more: Record<string, unknown>): Record<string, unknown> {
    const output = this.#output.map((item) => item.body(this.#closed.get(item) ?? status));
    return responseBody(this.#call.request, this.#identity!, { status, output, ...more });
  }

  #event(type: string, fields: object): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.#sequence++, ...fields })}\n\n`;
  }
}

function placeOf(item: OutputItem): object {
  return { item_id: item.id, output_index: item.index };
}

function contentOf(item: MessageItem): object {
  return { ...placeOf(item), content_index: 0 };
}

function summaryOf(item: ReasoningItem): object {
  return { ...placeOf(item), summary_index: 0 };
}

function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}
