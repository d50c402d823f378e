import { z } from 'zod';

/** A chat-completion request as far as mapping needs it. */
export type ChatRequest = { messages: readonly { role: string; content: unknown }[] } & Record<
  string,
  unknown
>;

/** A model's turn in a conversation. */
export interface AssistantMessage {
  readonly content?: string | null;
  readonly tool_calls?: readonly {
    readonly id?: string;
    readonly type?: 'function';
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
}

/** A chat completion as far as mapping needs it. */
export type ChatAnswer = {
  readonly choices: readonly { readonly message: AssistantMessage; readonly finish_reason?: string | null }[];
} & Readonly<Record<string, unknown>>;

const isFunction = (value: unknown): boolean => typeof value === 'function';

/** How a request becomes a task's input; null when it does not map. */
export const inputMappingSchema = z.custom<(request: ChatRequest) => string | null>(
  isFunction,
  'expected a function',
);

/** How this task's labels stand in answers, both ways. */
export const outputMappingSchema = z.strictObject({
  /** The label that an answer holds; null when it holds none. */
  read: z.custom<(answer: ChatAnswer, request: ChatRequest) => string | null>(
    isFunction,
    'expected a function',
  ),
  /** The answer that holds a label: its text, or the whole message (`{ tool_calls: … }`). */
  write: z.custom<(label: string, context: { request: ChatRequest }) => string | AssistantMessage>(
    isFunction,
    'expected a function',
  ),
});
