import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';
import {
  type ChatMessage,
  chatMessageSchema,
  type ChatPart,
  chatPartSchema,
  chatToolCallSchema,
} from './chat-schema.ts';
import { audioPart, filePart } from './file-parts.ts';
import { parseAt } from './parse-at.ts';
import { addToolResult, type AssistantPart } from './prompt-turns.ts';
import { argumentsOf } from './tool-arguments.ts';
import { malformed, unsupported } from './wire-refusal.ts';

type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart;

/** The messages of a chat completion as the AI SDK's prompt. */
export function chatPrompt(messages: readonly unknown[], context: CallContext): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  const toolNames = new Map<string, string>();
  for (const [index, value] of messages.entries()) {
    const param = `messages[${index}]`;
    const message = parseAt(chatMessageSchema, value, param);
    if (message.role === 'tool') {
      addToolResult(prompt, toolResult(message, { context, param, toolNames }));
      continue;
    }
    prompt.push({ ...translate(message, { context, param, toolNames }), ...nameOf(message, context, param) });
  }
  return prompt;
}

interface Place {
  context: CallContext;
  param: string;
  /** Tools by the id of their call. */
  toolNames: Map<string, string>;
}

function translate(message: Exclude<ChatMessage, { role: 'tool' }>, place: Place): LanguageModelV4Message {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: textOf(message.content, place) };
    case 'user':
      return { role: 'user', content: userParts(message.content, place) };
    case 'assistant':
      return { role: 'assistant', content: assistantParts(message, place) };
  }
}

function userParts(content: unknown, place: Place): UserPart[] {
  return partsOf(content, place).map((part, index) =>
    userPart(part, place, `${place.param}.content[${index}]`),
  );
}

function userPart(part: ChatPart, { context }: Place, param: string): UserPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image_url': {
      const { url, detail } = part.image_url;
      const where = `${param}.image_url.url`;
      return filePart({ url, detail: detail ?? undefined, assumedType: 'image' }, context, where);
    }
    case 'input_audio':
      return audioPart(part.input_audio.data, part.input_audio.format);
    case 'file': {
      const { file_data: url, file_id: id, filename } = part.file;
      const file = { url: url ?? undefined, id: id ?? undefined, filename: filename ?? undefined };
      return filePart({ ...file, assumedType: 'application/pdf' }, context, `${param}.file`);
    }
    case 'refusal':
      throw malformed(`${param}.type`, 'a refusal belongs to an assistant.');
  }
}

function assistantParts(message: Extract<ChatMessage, { role: 'assistant' }>, place: Place): AssistantPart[] {
  const { content, refusal, reasoning_content: reasoning, tool_calls: calls } = message;
  const parts: AssistantPart[] = [];
  if (reasoning !== undefined && reasoning !== null && reasoning !== '')
    parts.push({ type: 'reasoning', text: reasoning });
  const text = content === null || content === undefined ? '' : textOf(content, place);
  const said = text === '' ? (refusal ?? '') : text;
  if (said !== '') parts.push({ type: 'text', text: said });
  for (const [index, call] of (calls ?? []).entries()) {
    parts.push(toolCall(call, place, `${place.param}.tool_calls[${index}]`));
  }
  return parts;
}

function toolCall(value: unknown, { toolNames }: Place, param: string): LanguageModelV4ToolCallPart {
  const call = parseAt(chatToolCallSchema, value, param);
  toolNames.set(call.id, call.function.name);
  const input = argumentsOf(call.function.arguments);
  return { type: 'tool-call', toolCallId: call.id, toolName: call.function.name, input };
}

function toolResult(
  message: Extract<ChatMessage, { role: 'tool' }>,
  place: Place,
): LanguageModelV4ToolResultPart {
  const { tool_call_id: id, content } = message;
  const toolName = place.toolNames.get(id);
  if (toolName === undefined) {
    throw malformed(
      `${place.param}.tool_call_id`,
      'no assistant message before it has a tool call of this id.',
    );
  }
  return { type: 'tool-result', toolCallId: id, toolName, output: toolOutput(content, place) };
}

function toolOutput(content: unknown, place: Place): LanguageModelV4ToolResultPart['output'] {
  const parts = partsOf(content, place);
  if (parts.every(({ type }) => type === 'text')) return { type: 'text', value: textOf(content, place) };
  return {
    type: 'content',
    value: parts.map((part, index) => {
      const { providerOptions: _detail, ...output } = userPart(
        part,
        place,
        `${place.param}.content[${index}]`,
      );
      return output;
    }),
  };
}

function partsOf(content: unknown, { param }: Place): ChatPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw malformed(`${param}.content`, 'expected a string or a list of parts.');
  return (content as unknown[]).map((part, index) =>
    parseAt(chatPartSchema, part, `${param}.content[${index}]`),
  );
}

function textOf(content: unknown, place: Place): string {
  return partsOf(content, place)
    .map((part, index) => {
      if (part.type === 'text') return part.text;
      if (part.type === 'refusal') return part.refusal;
      const where = `${place.param}.content[${index}].type`;
      throw unsupported(where, `a message of this role holds text alone, not ${part.type}.`);
    })
    .join('\n');
}

/** Only OpenAI's own chat models know who of several participants speaks. */
function nameOf(
  message: Exclude<ChatMessage, { role: 'tool' }>,
  { profile, warnings }: CallContext,
  param: string,
): Pick<LanguageModelV4Message, 'providerOptions'> {
  const { name } = message;
  if (name === undefined || name === null) return {};
  if (profile.kind === 'openai-chat') return { providerOptions: { openai: { name } } };
  if (profile.kind === 'openai-compatible') return { providerOptions: { openaiCompatible: { name } } };
  warnings.push(`${param}.name: ${profile.name} knows no names of participants; it was left out`);
  return {};
}
