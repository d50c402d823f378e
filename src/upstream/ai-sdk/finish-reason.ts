import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';
import { ModelFailure } from './model-failure.ts';

/** How an answer ended, in the words of chat completions; a reason they have no word for stays the provider's own. */
export type ChatFinish = string;

const CHAT_REASONS = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
} as const;

/** Throws `ModelFailure` when the provider did not say that the answer is whole. */
export function chatFinish(reason: LanguageModelV4FinishReason): ChatFinish {
  // Models written for earlier AI SDKs give a bare string.
  const { unified, raw } =
    typeof reason === 'string' ? { unified: reason as string, raw: undefined } : reason;
  if (unified in CHAT_REASONS) return CHAT_REASONS[unified as keyof typeof CHAT_REASONS];
  if (unified === 'other' && raw !== undefined && raw !== '') return raw;
  throw new ModelFailure({
    code: unified === 'error' ? 'error-part' : 'no-finish-reason',
    message:
      unified === 'error'
        ? 'the model stopped because of an error'
        : 'the answer ended without the model saying that it was whole',
  });
}
