import { isObject, type JsonObject, mergeDelta, setKey } from './merge-delta.ts';

/** Only pads a part so that its length tells nothing. */
const PADDING = 'obfuscation';
/** The first part that says them is right; later ones may leave them empty. */
const FIRST_ONE_COUNTS = new Set(['id', 'created']);

interface Choice {
  readonly index: number;
  readonly fields: JsonObject;
  readonly message: JsonObject;
  /** Each part of the sound is base64 of its own. */
  readonly sound: string[];
}

/** Parts of a streamed chat completion, added up to the answer that would have come in one piece. */
export class ChatStreamMerger {
  readonly #fields: JsonObject = {};
  readonly #choices = new Map<number, Choice>();

  add(chunk: JsonObject): void {
    for (const [key, value] of Object.entries(chunk)) {
      if (key === 'choices') {
        for (const choice of Array.isArray(value) ? (value as unknown[]) : [])
          if (isObject(choice)) this.#addChoice(choice);
      } else if (key !== PADDING) {
        this.#addField(key, value);
      }
    }
  }

  /** The same for a part that says nothing but how a text goes on, of a choice that there is. */
  addText(index: number, text: string): void {
    const message = this.#choices.get(index)!.message;
    message['content'] = typeof message['content'] === 'string' ? message['content'] + text : text;
  }

  /** Why the answer is not whole; null when it is. */
  get missing(): string | null {
    if (this.#fields['error'] !== undefined && this.#fields['error'] !== null)
      return 'the stream ended with an error';
    if (this.#choices.size === 0) return 'the stream ended before its content';
    const isOpen = [...this.#choices.values()].some(
      ({ fields }) => typeof fields['finish_reason'] !== 'string',
    );
    return isOpen ? 'the stream ended before its finish reason' : null;
  }

  answer(): JsonObject {
    const choices = [...this.#choices.values()].toSorted((a, b) => a.index - b.index);
    const { usage, ...fields } = this.#fields;
    return {
      ...fields,
      object: 'chat.completion',
      choices: choices.map(answerOfChoice),
      ...(usage === undefined ? {} : { usage }),
    };
  }

  #addField(key: string, value: unknown): void {
    const known = this.#fields[key];
    const hasOne = known !== undefined && known !== null && known !== '' && known !== 0;
    if (hasOne && (FIRST_ONE_COUNTS.has(key) || value === null || value === '')) return;
    setKey(this.#fields, key, value);
  }

  #addChoice(chunk: JsonObject): void {
    const { index: given, delta, ...fields } = chunk;
    const index = typeof given === 'number' ? given : 0;
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { index, fields: {}, message: {}, sound: [] };
      this.#choices.set(index, choice);
    }
    mergeDelta(choice.fields, fields);
    if (isObject(delta)) addToMessage(choice, delta);
  }
}

function addToMessage({ message, sound }: Choice, delta: JsonObject): void {
  const { audio } = delta;
  if (!isObject(audio) || typeof audio['data'] !== 'string') return mergeDelta(message, delta);
  const { data, ...rest } = audio;
  sound.push(data);
  mergeDelta(message, { ...delta, audio: rest });
}

function answerOfChoice({ index, fields, message, sound }: Choice): JsonObject {
  const { finish_reason: finishReason = null, message: whole, ...rest } = fields;
  const merged = Object.keys(message).length === 0 && isObject(whole) ? whole : message;
  const { role = 'assistant', content = null, ...others } = merged;
  const answer: JsonObject = { role, content, ...others };
  if (Array.isArray(others['tool_calls'])) answer['tool_calls'] = inOrder(others['tool_calls']);
  if (sound.length > 0) answer['audio'] = { ...(answer['audio'] as JsonObject), data: joined(sound) };
  return { index, message: answer, ...rest, finish_reason: finishReason };
}

/** Tool calls of an answer in one piece have no `index`. */
function inOrder(calls: readonly unknown[]): unknown[] {
  const place = (call: unknown): number => (isObject(call) ? Number(call['index'] ?? 0) : 0);
  return calls
    .toSorted((a, b) => place(a) - place(b))
    .map((call) => {
      if (!isObject(call)) return call;
      const { index: _index, ...rest } = call;
      return rest;
    });
}

function joined(parts: readonly string[]): string {
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64'))).toString('base64');
}
