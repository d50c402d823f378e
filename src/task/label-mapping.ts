import { messageOf } from '../errors/homegrown-error.ts';
import type { AssistantMessage, ChatAnswer, ChatRequest } from '../schema/call-mapping.ts';
import { readLabelFrom } from './answer-reading.ts';
import { isObject, type Json } from './json-schema.ts';
import type { Task } from './task.ts';

/** A label that an answer holds, or why it holds none. `isOurFault` marks a mapping function that threw. */
export type MappedLabel =
  | { mapped: true; label: string }
  | { mapped: false; reason: string; isCut: boolean; isOurFault: boolean };

/** The label in an answer: by the task's own `output.read`, or from the text in the form that the request asked for. */
export function labelOfAnswer(task: Task, request: ChatRequest, answer: ChatAnswer): MappedLabel {
  const own = task.config.output?.read;
  const [choice] = answer.choices;
  if (choice === undefined) return unmapped('the answer has no choice');
  if (choice.finish_reason === 'length') {
    return { ...unmapped('the answer ended at its limit of tokens'), isCut: true };
  }
  if (own !== undefined) return byOwnFunction(task.name, () => own(answer, request));
  const text = textOfContent(choice.message.content);
  if (text === null) return unmapped(whyNoText(choice.message));
  const label = readLabelFrom(text, request['response_format'], task.name);
  return label === null
    ? unmapped('the answer is not in the form that the request asked for')
    : mappedTo(label);
}

/**
 * The label that somebody gave instead of an answer: the label itself, or the whole answer in the form that the model was
 * asked for, as text or as JSON.
 */
export function labelOfGivenOutput(task: Task, request: ChatRequest, output: unknown): MappedLabel {
  if (typeof output === 'number' || typeof output === 'boolean') return mappedTo(String(output));
  if (isObject(output)) return labelOfGivenObject(task, request, output);
  if (typeof output !== 'string') return unmapped('what was given instead is no label');
  const read = labelOfAnswer(task, request, { choices: [{ message: { content: output } }] });
  return read.mapped ? read : mappedTo(output);
}

function labelOfGivenObject(task: Task, request: ChatRequest, output: Json): MappedLabel {
  const content = JSON.stringify(output);
  if (task.config.output !== undefined) {
    return labelOfAnswer(task, request, { choices: [{ message: { content, ...output } }] });
  }
  const asked = request['response_format'];
  const format = isObject(asked) && asked['type'] === 'json_schema' ? asked : { type: 'json_object' };
  const label = readLabelFrom(content, format, task.name);
  return label === null ? unmapped('what was given instead has no label in it') : mappedTo(label);
}

/** The answer's message for a label by the task's own `output.write`; null when the task has none. Throws when it fails. */
export function messageOfLabel(task: Task, request: ChatRequest, label: string): AssistantMessage | null {
  const own = task.config.output?.write;
  if (own === undefined) return null;
  const name = `the \`output.write\` function of the task "${task.name}"`;
  let written: unknown;
  try {
    written = own(label, { request });
  } catch (cause) {
    throw new Error(`${name} failed: ${messageOf(cause)}`, { cause });
  }
  if (typeof written === 'string') return { content: written };
  if (isObject(written) && ('content' in written || 'tool_calls' in written)) return written;
  throw new Error(`${name} gave neither text nor a message with \`content\` or \`tool_calls\``);
}

function byOwnFunction(task: string, read: () => unknown): MappedLabel {
  const name = `the \`output.read\` function of the task "${task}"`;
  try {
    const label = read();
    if (typeof label === 'string') return mappedTo(label);
    if (label === null) return unmapped(`the answer holds no label of the task "${task}"`);
    return { ...unmapped(`${name} gave ${typeof label}, not a string or null`), isOurFault: true };
  } catch (cause) {
    return { ...unmapped(`${name} failed: ${messageOf(cause)}`), isOurFault: true };
  }
}

/** Some providers give the text of an answer in parts. */
function textOfContent(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.filter(isObject).map(({ text }) => text);
  return texts.length > 0 && texts.every((text) => typeof text === 'string') ? texts.join('') : null;
}

function whyNoText(message: AssistantMessage): string {
  const calls = message.tool_calls?.length ?? 0;
  return calls > 0
    ? 'the answer calls a tool and has no text; `output.read` can read it'
    : 'the answer has no text';
}

function mappedTo(text: string): MappedLabel {
  const label = text.trim();
  return label === '' ? unmapped('the label is empty') : { mapped: true, label };
}

function unmapped(reason: string): MappedLabel & { mapped: false } {
  return { mapped: false, reason, isCut: false, isOurFault: false };
}
