import type {
  LanguageModelV4FilePart,
  LanguageModelV4Prompt,
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';
import { audioPart, filePart } from './file-parts.ts';
import { isRecord } from '../../util/is-record.ts';
import { parseAt } from './parse-at.ts';
import { addAssistantPart, addToolResult } from './prompt-turns.ts';
import { metadataIn } from './reasoning-token.ts';
import {
  type ResponsesItem,
  responsesItemSchema,
  type ResponsesPart,
  responsesPartSchema,
} from './responses-schema.ts';
import { argumentsOf } from './tool-arguments.ts';
import { malformed, unsupported } from './wire-refusal.ts';

type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart;

interface Place {
  context: CallContext;
  param: string;
  /** Tools by the id of their call. */
  toolNames: Map<string, string>;
}

/** Instructions and input items as the AI SDK's prompt. */
export function responsesPrompt(
  { input, instructions }: { input: string | readonly unknown[]; instructions?: string | null | undefined },
  context: CallContext,
): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  if (instructions !== undefined && instructions !== null)
    prompt.push({ role: 'system', content: instructions });
  if (typeof input === 'string') {
    prompt.push({ role: 'user', content: [{ type: 'text', text: input }] });
    return prompt;
  }
  const toolNames = new Map<string, string>();
  for (const [index, value] of input.entries()) {
    const param = `input[${index}]`;
    const typed =
      isRecord(value) && value['type'] === undefined && 'role' in value
        ? { ...value, type: 'message' }
        : value;
    addItem(prompt, parseAt(responsesItemSchema, typed, param), { context, param, toolNames });
  }
  return prompt;
}

function addItem(prompt: LanguageModelV4Prompt, item: ResponsesItem, place: Place): void {
  switch (item.type) {
    case 'message':
      if (item.role === 'assistant')
        addAssistantPart(prompt, { type: 'text', text: textOf(item.content, place) });
      else if (item.role === 'user')
        prompt.push({ role: 'user', content: userParts(item.content, `${place.param}.content`, place) });
      else prompt.push({ role: 'system', content: textOf(item.content, place) });
      return;
    case 'reasoning': {
      const part = reasoningPart(item, place);
      if (part !== null) addAssistantPart(prompt, part);
      return;
    }
    case 'function_call': {
      const { call_id: toolCallId, name: toolName } = item;
      place.toolNames.set(toolCallId, toolName);
      addAssistantPart(prompt, {
        type: 'tool-call',
        toolCallId,
        toolName,
        input: argumentsOf(item.arguments),
      });
      return;
    }
    case 'function_call_output':
      addToolResult(prompt, toolResult(item, place));
  }
}

/** Reasoning goes back to the provider that it came from, with what that provider wants to see again. */
function reasoningPart(
  { id, summary, encrypted_content: token }: Extract<ResponsesItem, { type: 'reasoning' }>,
  { context: { profile, warnings }, param }: Place,
): LanguageModelV4ReasoningPart | null {
  const text = (summary ?? []).map((part) => part.text).join('\n');
  const own = token === undefined || token === null ? null : metadataIn(token);
  if (own !== null && Object.hasOwn(own, profile.optionsKey)) {
    return { type: 'reasoning', text, providerOptions: own };
  }
  if (own === null && profile.kind === 'openai-responses' && id !== undefined && id !== null) {
    const options = {
      itemId: id,
      ...(token === undefined || token === null ? {} : { reasoningEncryptedContent: token }),
    };
    return { type: 'reasoning', text, providerOptions: { [profile.optionsKey]: options } };
  }
  warnings.push(`${param}: the reasoning of another model was left out`);
  return null;
}

function toolResult(
  { call_id: toolCallId, output }: Extract<ResponsesItem, { type: 'function_call_output' }>,
  place: Place,
): LanguageModelV4ToolResultPart {
  const toolName = place.toolNames.get(toolCallId);
  if (toolName === undefined) {
    throw malformed(`${place.param}.call_id`, 'no function_call before it has this id.');
  }
  const base = { type: 'tool-result' as const, toolCallId, toolName };
  if (typeof output === 'string') return { ...base, output: { type: 'text', value: output } };
  const value = userParts(output, `${place.param}.output`, place).map(
    ({ providerOptions: _detail, ...part }) => part,
  );
  return { ...base, output: { type: 'content', value } };
}

function userParts(content: unknown, param: string, { context }: Place): UserPart[] {
  return partsOf(content, param).map((part, index) => userPart(part, context, `${param}[${index}]`));
}

function userPart(part: ResponsesPart, context: CallContext, param: string): UserPart {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: part.text };
    case 'input_image': {
      const { image_url: url, file_id: id, detail } = part;
      const file = { url: url ?? undefined, id: id ?? undefined, detail: detail ?? undefined };
      return filePart({ ...file, assumedType: 'image' }, context, param);
    }
    case 'input_file': {
      const { file_data: data, file_url: url, file_id: id, filename } = part;
      const file = { url: data ?? url ?? undefined, id: id ?? undefined, filename: filename ?? undefined };
      return filePart({ ...file, assumedType: 'application/pdf' }, context, param);
    }
    case 'input_audio':
      return audioPart(part.input_audio.data, part.input_audio.format);
    case 'refusal':
      throw malformed(`${param}.type`, 'a refusal belongs to an assistant.');
  }
}

function textOf(content: unknown, { param }: Place): string {
  return partsOf(content, `${param}.content`)
    .map((part, index) => {
      if ('text' in part && typeof part.text === 'string') return part.text;
      if (part.type === 'refusal') return part.refusal;
      throw unsupported(
        `${param}.content[${index}].type`,
        `a message of this role holds text alone, not ${part.type}.`,
      );
    })
    .join('\n');
}

function partsOf(content: unknown, param: string): ResponsesPart[] {
  if (typeof content === 'string') return [{ type: 'input_text', text: content }];
  if (!Array.isArray(content)) throw malformed(param, 'expected a string or a list of parts.');
  return (content as unknown[]).map((part, index) =>
    parseAt(responsesPartSchema, part, `${param}[${index}]`),
  );
}
