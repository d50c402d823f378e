import { isObject, type JsonObject } from './merge-delta.ts';

const TERMINAL = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
]);

/** Where the text of an event belongs: in a list of the item, or in the item itself. */
interface TextPlace {
  readonly list?: 'content' | 'summary';
  readonly index?: 'content_index' | 'summary_index';
  readonly type?: string;
  readonly key: string;
}

/** Events `<name>.delta` continue a text, `<name>.done` give it whole. */
const TEXTS: Record<string, TextPlace> = {
  'response.output_text': { list: 'content', index: 'content_index', type: 'output_text', key: 'text' },
  'response.refusal': { list: 'content', index: 'content_index', type: 'refusal', key: 'refusal' },
  'response.reasoning_text': { list: 'content', index: 'content_index', type: 'reasoning_text', key: 'text' },
  'response.reasoning_summary_text': {
    list: 'summary',
    index: 'summary_index',
    type: 'summary_text',
    key: 'text',
  },
  'response.function_call_arguments': { key: 'arguments' },
  'response.mcp_call_arguments': { key: 'arguments' },
  'response.custom_tool_call_input': { key: 'input' },
  'response.code_interpreter_call_code': { key: 'code' },
};

/** Parts of lists, given as `<name>.added` when they begin and `<name>.done` when they are whole. */
const PARTS: Record<string, { list: string; index: string }> = {
  'response.content_part': { list: 'content', index: 'content_index' },
  'response.reasoning_summary_part': { list: 'summary', index: 'summary_index' },
};

/** Events of a streamed response, added up to the response object; the one in the last event is taken as it is. */
export class ResponseStreamMerger {
  #response: JsonObject = { object: 'response' };
  #isWhole = false;
  #error: JsonObject | null = null;
  readonly #items: JsonObject[] = [];

  add(event: JsonObject): void {
    const type = String(event['type']);
    if (isObject(event['response'])) this.#response = event['response'];
    if (TERMINAL.has(type)) this.#isWhole = true;
    else if (type === 'error') this.#error = event;
    else if (type.startsWith('response.output_item.')) this.#setItem(event);
    else this.#addToItem(type, event);
  }

  /** Why the answer is not whole; null when it is. */
  get missing(): string | null {
    if (this.#isWhole) return null;
    return this.#error === null ? 'the stream ended before its last event' : 'the stream ended with an error';
  }

  answer(): JsonObject {
    const output = this.#response['output'];
    const isEmpty = !Array.isArray(output) || output.length === 0;
    const filled = isEmpty && this.#items.length > 0 ? { output: this.#items.filter(isObject) } : {};
    if (this.#isWhole) return { ...this.#response, ...filled };
    const { type: _type, sequence_number: _number, ...error } = this.#error ?? {};
    return {
      ...this.#response,
      status: 'incomplete',
      ...(this.#error === null ? {} : { error }),
      ...filled,
    };
  }

  #setItem({ item, output_index: index }: JsonObject): void {
    if (isObject(item) && isIndex(index)) this.#items[index] = item;
  }

  #addToItem(type: string, event: JsonObject): void {
    const { output_index: index } = event;
    if (!isIndex(index)) return;
    const item = (this.#items[index] ??= {});
    const name = type.slice(0, type.lastIndexOf('.'));
    const part = PARTS[name];
    const text = TEXTS[name];
    if (part !== undefined) setEntry(item, part.list, event[part.index], event['part']);
    else if (text !== undefined) addText(item, text, event, { isWhole: type.endsWith('.done') });
    else if (type === 'response.output_text.annotation.added') addAnnotation(item, event);
  }
}

function addText(
  item: JsonObject,
  place: TextPlace,
  event: JsonObject,
  { isWhole }: { isWhole: boolean },
): void {
  const { list, index, type, key } = place;
  const target = list === undefined ? item : entryOf(item, list, event[index!], { type });
  if (target === null) return;
  const whole = event[key];
  if (isWhole && typeof whole === 'string') target[key] = whole;
  else if (typeof event['delta'] === 'string') target[key] = stringOf(target[key]) + event['delta'];
  if (!isWhole && Array.isArray(event['logprobs']) && event['logprobs'].length > 0)
    target['logprobs'] = [...listOf(target['logprobs']), ...(event['logprobs'] as unknown[])];
}

function addAnnotation(item: JsonObject, event: JsonObject): void {
  const part = entryOf(item, 'content', event['content_index'], { type: 'output_text' });
  if (part !== null) setEntry(part, 'annotations', event['annotation_index'], event['annotation']);
}

/** The object at an index of a list of the item, made if it is not there. */
function entryOf(item: JsonObject, list: string, index: unknown, initial: object): JsonObject | null {
  if (!isIndex(index)) return null;
  const entries = (item[list] = listOf(item[list]));
  const entry = (entries[index] ??= { ...initial });
  return isObject(entry) ? entry : null;
}

function setEntry(item: JsonObject, list: string, index: unknown, entry: unknown): void {
  if (isIndex(index) && isObject(entry)) (item[list] = listOf(item[list]))[index] = entry;
}

/** More entries than any answer has would make a hole of a list. */
function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 10_000;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
