import type { AnswerIdentity } from './chat-answer.ts';
import type { ResponsesBody } from './responses-schema.ts';

/** A response object: who answered what, and how the request put it. */
export function responseBody(
  request: ResponsesBody,
  { id, created, model }: AnswerIdentity,
  answer: Record<string, unknown>,
): Record<string, unknown> {
  return {
    id,
    object: 'response',
    created_at: created,
    error: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    model,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request['previous_response_id'] ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    store: request['store'] ?? false,
    temperature: request.temperature ?? null,
    text: request.text ?? { format: { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_p: request.top_p ?? null,
    truncation: request['truncation'] ?? 'disabled',
    metadata: request.metadata ?? {},
    ...answer,
  };
}
