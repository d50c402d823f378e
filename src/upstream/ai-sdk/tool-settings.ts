import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4ToolChoice,
} from '@ai-sdk/provider';
import { z } from 'zod';
import { chatToolSchema } from './chat-schema.ts';
import { parseAt } from './parse-at.ts';
import { malformed, unsupported } from './wire-refusal.ts';

/** The part of a call's options that is about tools. */
export type ToolSettings = Pick<LanguageModelV4CallOptions, 'tools' | 'toolChoice'>;

/** Tools and the choice among them, of a chat completion. */
export function chatToolSettings(
  tools: readonly unknown[] | null | undefined,
  choice: unknown,
): ToolSettings {
  const translated = (tools ?? []).map((value, index) => {
    const { function: definition } = parseAt(chatToolSchema, value, `tools[${index}]`);
    return functionTool(definition);
  });
  return toolSettings(translated, choice);
}

/** A tool's definition without what surrounds it, the same in both of OpenAI's APIs. */
export interface FunctionDefinition {
  name: string;
  description?: string | null | undefined;
  parameters?: Record<string, unknown> | null | undefined;
  strict?: boolean | null | undefined;
}

/** One tool as the AI SDK wants it. */
export function functionTool({
  name,
  description,
  parameters,
  strict,
}: FunctionDefinition): LanguageModelV4FunctionTool {
  return {
    type: 'function',
    name,
    ...(description === undefined || description === null ? {} : { description }),
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(strict === undefined || strict === null ? {} : { strict }),
  };
}

/** Tools with a choice among them; a choice of several becomes a shorter list. */
export function toolSettings(tools: readonly LanguageModelV4FunctionTool[], choice: unknown): ToolSettings {
  if (tools.length === 0) {
    const wantsOne = choice === 'required' || (typeof choice === 'object' && choice !== null);
    if (wantsOne) throw malformed('tool_choice', 'there are no tools to choose from.');
    return {};
  }
  if (choice === undefined || choice === null) return { tools: [...tools] };
  if (choice === 'auto' || choice === 'none' || choice === 'required') {
    return { tools: [...tools], toolChoice: { type: choice } };
  }
  return chosen(tools, parseAt(choiceSchema, choice, 'tool_choice'));
}

const named = z.looseObject({
  name: z.string().optional(),
  function: z.looseObject({ name: z.string() }).optional(),
});
const choiceSchema = z.discriminatedUnion('type', [
  named.extend({ type: z.literal('function') }),
  z.looseObject({
    type: z.literal('allowed_tools'),
    allowed_tools: z.looseObject({ mode: z.enum(['auto', 'required']), tools: z.array(named) }).optional(),
    mode: z.enum(['auto', 'required']).optional(),
    tools: z.array(named).optional(),
  }),
]);

function chosen(
  tools: readonly LanguageModelV4FunctionTool[],
  choice: z.infer<typeof choiceSchema>,
): ToolSettings {
  if (choice.type === 'function') {
    const toolName = nameIn(choice);
    if (!tools.some(({ name }) => name === toolName)) throw notAmongTools(toolName);
    return { tools: [...tools], toolChoice: { type: 'tool', toolName } };
  }
  const { mode, tools: allowed } = choice.allowed_tools ?? choice;
  const names = new Set((allowed ?? []).map(nameIn));
  for (const name of names) if (!tools.some((tool) => tool.name === name)) throw notAmongTools(name);
  const toolChoice: LanguageModelV4ToolChoice = { type: mode ?? 'auto' };
  return { tools: tools.filter(({ name }) => names.has(name)), toolChoice };
}

function nameIn({ name, function: definition }: z.infer<typeof named>): string {
  const found = definition?.name ?? name;
  if (found === undefined) throw malformed('tool_choice', "expected a function's name.");
  return found;
}

function notAmongTools(name: string): Error {
  return unsupported('tool_choice', `there is no tool ${JSON.stringify(name)} among the tools.`);
}
