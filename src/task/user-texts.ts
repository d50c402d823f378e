import type { Endpoint } from '../schema/inference.ts';
import { inputOfCall } from './call-mapping.ts';
import { chatRequestOf } from './chat-view.ts';
import { isObject } from './json-schema.ts';
import type { Task } from './task.ts';

/** All texts that the user's side of a request holds, and what tasks make of it as their input; each once. */
export function userTextsOf(endpoint: Endpoint, body: unknown, tasks: readonly Task[]): string[] {
  const texts = new Set(rawInputsOf(body));
  const request = chatRequestOf(endpoint, body);
  if (request !== null) {
    for (const { role, content } of request.messages) {
      if (role === 'user') for (const text of textsOfContent(content)) texts.add(text);
    }
    for (const task of tasks) {
      const mapped = inputOfCall(task, request);
      if (mapped.mapped) texts.add(mapped.input);
    }
  }
  return [...texts].filter((text) => text.trim() !== '');
}

/** Of predictions and embeddings: one text or a list. */
function rawInputsOf(body: unknown): string[] {
  if (!isObject(body)) return [];
  const { input, inputs } = body;
  return [input, inputs].flat().filter((text): text is string => typeof text === 'string');
}

function textsOfContent(content: unknown): string[] {
  if (typeof content === 'string') return [content];
  if (!Array.isArray(content)) return [];
  const texts = content.map((part: unknown) => (isObject(part) ? part['text'] : part));
  return texts.filter((text): text is string => typeof text === 'string');
}
