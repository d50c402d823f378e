import type {
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';

/** One part of what an assistant said. */
export type AssistantPart = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'][number];

/** What an assistant says in one turn belongs to one message. */
export function addAssistantPart(prompt: LanguageModelV4Prompt, part: AssistantPart): void {
  const last = prompt.at(-1);
  if (last?.role === 'assistant') last.content.push(part);
  else prompt.push({ role: 'assistant', content: [part] });
}

/** Results of calls made together belong to one message. */
export function addToolResult(prompt: LanguageModelV4Prompt, result: LanguageModelV4ToolResultPart): void {
  const last = prompt.at(-1);
  if (last?.role === 'tool') last.content.push(result);
  else prompt.push({ role: 'tool', content: [result] });
}
