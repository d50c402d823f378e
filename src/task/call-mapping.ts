import { messageOf } from '../errors/homegrown-error.ts';
import type { ChatRequest } from '../schema/config.ts';
import type { Task } from './task.ts';

/** A call as the task's input, or why it is none. */
export type MappedCall =
  | { mapped: true; input: string }
  /** `param` names the part of the request that is at fault; `isOurFault` marks a mapping function that threw. */
  | { mapped: false; reason: string; param: string; isOurFault: boolean };

/** The input that a chat request holds for a task: by the task's own `input` function, or the text of the last user message. */
export function inputOfCall(task: Task, request: ChatRequest): MappedCall {
  const own = task.config.input;
  return own === undefined ? lastUserText(request) : byOwnFunction(task.name, own, request);
}

function byOwnFunction(
  name: string,
  own: NonNullable<Task['config']['input']>,
  request: ChatRequest,
): MappedCall {
  try {
    const input: unknown = own(request);
    if (typeof input === 'string') return { mapped: true, input };
    if (input === null) return unmapped(`the request does not map to an input of the task "${name}"`);
    const reason = `the \`input\` function of the task "${name}" gave ${typeof input}, not a string or null`;
    return { ...unmapped(reason), isOurFault: true };
  } catch (cause) {
    const reason = `the \`input\` function of the task "${name}" failed: ${messageOf(cause)}`;
    return { ...unmapped(reason), isOurFault: true };
  }
}

function lastUserText({ messages }: ChatRequest): MappedCall {
  const index = messages.findLastIndex(({ role }) => role === 'user');
  if (index === -1) return unmapped('there is no message with the role "user" to answer');
  return textOf(messages[index]!.content, `messages[${index}].content`);
}

function textOf(content: unknown, param: string): MappedCall {
  if (typeof content === 'string') return { mapped: true, input: content };
  if (!Array.isArray(content)) return unmapped('expected a string or a list of parts', param);
  const texts: string[] = [];
  for (const [index, part] of (content as unknown[]).entries()) {
    const { type, text } = (part ?? {}) as { type?: unknown; text?: unknown };
    const where = `${param}[${index}]`;
    if (type !== 'text')
      return unmapped(`this model reads text alone, not parts of type ${nameOf(type)}`, where);
    if (typeof text !== 'string') return unmapped('expected a text part to hold a string `text`', where);
    texts.push(text);
  }
  return texts.length === 0
    ? unmapped('there is no part in it', param)
    : { mapped: true, input: texts.join('\n') };
}

function nameOf(type: unknown): string {
  return typeof type === 'string' ? JSON.stringify(type.slice(0, 40)) : 'unknown';
}

function unmapped(reason: string, param = 'messages'): MappedCall & { mapped: false } {
  return { mapped: false, reason, param, isOurFault: false };
}
