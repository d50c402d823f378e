import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import type { ModelCall } from './model-call.ts';
import { openStream, pump } from './model-stream.ts';
import { optionsFor } from './older-models.ts';
import { responsesCall, type ResponsesCall } from './responses-call.ts';
import { ResponsesEvents } from './responses-events.ts';
import { warningText } from './warning-text.ts';
import { forwardedResponseHeaders, warningHeader } from './wire-headers.ts';

/** Answers `POST /v1/responses` with a model. */
export async function answerResponses(call: ModelCall): Promise<void> {
  const translated = responsesCall(call.body, call.context);
  if (call.stream) await streamResponse(call, translated);
  else await completeResponse(call, translated);
}

async function completeResponse(call: ModelCall, translated: ResponsesCall): Promise<void> {
  const { model, modelName, context, exchange, headers } = call;
  const options = { ...translated.options, headers, abortSignal: exchange.signal };
  const result = await model.doGenerate(optionsFor(options, context));
  const events = new ResponsesEvents(translated, modelName);
  for (const part of partsOf(result)) events.write(part);
  const body = JSON.stringify(events.response);
  await exchange.ready();
  exchange.head(200, {
    ...forwardedResponseHeaders(result.response?.headers),
    ...warningHeader([...context.warnings, ...result.warnings.map(warningText)]),
    'content-type': 'application/json',
  });
  exchange.data(body);
  exchange.end();
}

async function streamResponse(call: ModelCall, translated: ResponsesCall): Promise<void> {
  const events = new ResponsesEvents(translated, call.modelName);
  const stream = await openStream(call, translated.options);
  await pump(call, stream, (part) => events.write(part));
  void events.response;
  call.exchange.end();
}

/** An answer as the stream it could have been. */
function partsOf(result: LanguageModelV4GenerateResult): LanguageModelV4StreamPart[] {
  const { finishReason, usage, providerMetadata, response } = result;
  return [
    { type: 'response-metadata', ...response },
    ...result.content.flatMap((content, index) => contentParts(content, String(index))),
    { type: 'finish', finishReason, usage, ...(providerMetadata === undefined ? {} : { providerMetadata }) },
  ];
}

function contentParts(content: LanguageModelV4Content, id: string): LanguageModelV4StreamPart[] {
  switch (content.type) {
    case 'text':
      return [
        { type: 'text-delta', id, delta: content.text },
        { type: 'text-end', id },
      ];
    case 'reasoning': {
      const { providerMetadata } = content;
      const metadata = providerMetadata === undefined ? {} : { providerMetadata };
      return [
        { type: 'reasoning-delta', id, delta: content.text, ...metadata },
        { type: 'reasoning-end', id },
      ];
    }
    default:
      return [content];
  }
}
