import type {
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';
import type { ModelCall } from './model-call.ts';
import { optionsFor } from './older-models.ts';
import { warningText } from './warning-text.ts';
import { forwardedResponseHeaders, warningHeader } from './wire-headers.ts';

/** Starts a model's stream. */
export function openStream(
  { model, context, exchange, headers }: ModelCall,
  options: LanguageModelV4CallOptions,
): PromiseLike<LanguageModelV4StreamResult> {
  const call = { ...options, ...pingOptions(options, context), headers, abortSignal: exchange.signal };
  return model.doStream(optionsFor(call, context));
}

/** Anthropic's signs of life in long silences: without them a thinking model looks stalled. */
function pingOptions(
  { providerOptions }: LanguageModelV4CallOptions,
  { profile: { kind, optionsKey } }: CallContext,
): Pick<LanguageModelV4CallOptions, 'providerOptions'> {
  if (kind !== 'anthropic') return {};
  return {
    providerOptions: {
      ...providerOptions,
      [optionsKey]: { includePings: true, ...providerOptions?.[optionsKey] },
    },
  };
}

/**
 * Sends a stream on, part by part, no faster than the client reads. The head waits for the first part that says
 * something, so that whatever goes wrong before it is answered as the error it is.
 */
export async function pump(
  { exchange, context }: ModelCall,
  { stream, response }: LanguageModelV4StreamResult,
  write: (part: LanguageModelV4StreamPart) => string,
): Promise<void> {
  const reader = stream.getReader();
  const stop = (): void => void reader.cancel(exchange.signal.reason).catch(() => undefined);
  exchange.signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      await exchange.ready();
      const { done, value } = await reader.read();
      if (done || exchange.isOver) return;
      if (value.type === 'stream-start') context.warnings.push(...value.warnings.map(warningText));
      const text = value.type === 'ping' && exchange.hasHead ? ': ping\n\n' : write(value);
      if (text === '') continue;
      exchange.head(200, {
        ...forwardedResponseHeaders(response?.headers),
        ...warningHeader(context.warnings),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      });
      exchange.data(text);
    }
  } finally {
    exchange.signal.removeEventListener('abort', stop);
  }
}
