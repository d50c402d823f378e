import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { chatAnswer } from './chat-answer.ts';
import { type ChatCall, chatCall } from './chat-call.ts';
import { ChatEvents } from './chat-events.ts';
import { forwardedResponseHeaders, warningHeader } from './wire-headers.ts';
import type { ModelCall } from './model-call.ts';
import { openStream, pump } from './model-stream.ts';
import { warningText } from './warning-text.ts';
import { optionsFor } from './older-models.ts';

/** Answers `POST /v1/chat/completions` with a model. */
export async function answerChat(call: ModelCall): Promise<void> {
  const chat = chatCall(call.body, call.context);
  if (call.stream) await streamChat(call, chat);
  else await completeChat(call, chat);
}

async function completeChat(
  { model, context, exchange, headers, modelName }: ModelCall,
  chat: ChatCall,
): Promise<void> {
  const options = { ...chat.options, headers, abortSignal: exchange.signal };
  const results = await Promise.all(
    times(chat.choices, () => model.doGenerate(optionsFor(options, context))),
  );
  const answer = chatAnswer(results, { model: modelName, wantsLogprobs: chat.wantsLogprobs });
  await exchange.ready();
  exchange.head(200, {
    ...forwardedResponseHeaders(results[0]!.response?.headers),
    ...warningHeader([...context.warnings, ...results[0]!.warnings.map(warningText)]),
    'content-type': 'application/json',
  });
  exchange.data(JSON.stringify(answer));
  exchange.end();
}

async function streamChat(call: ModelCall, chat: ChatCall): Promise<void> {
  const { exchange, modelName } = call;
  const events = new ChatEvents({ ...chat, model: modelName });
  const streams = await Promise.all(times(chat.choices, () => openStream(call, chat.options)));
  await Promise.all(
    streams.map(async (stream, index) => {
      const choice = events.choice(index);
      await pump(call, stream, (part: LanguageModelV4StreamPart) => choice.write(part));
      choice.close();
    }),
  );
  exchange.data(events.end());
  exchange.end();
}

function times<T>(count: number, make: () => PromiseLike<T>): PromiseLike<T>[] {
  return Array.from({ length: count }, make);
}
