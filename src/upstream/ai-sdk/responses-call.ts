import type { JSONObject, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';
import {
  type JsonFormat,
  jsonFormatSetting,
  logprobOptions,
  parallelOptions,
  present,
  reasoningSetting,
} from './call-settings.ts';
import { extraOptions, providerOptionsOf } from './extra-parameters.ts';
import { parseAt } from './parse-at.ts';
import { responsesPrompt } from './responses-prompt.ts';
import { type ResponsesBody, responsesBodySchema, responsesToolSchema } from './responses-schema.ts';
import { functionTool, type ToolSettings, toolSettings } from './tool-settings.ts';

/** A request for a response, ready for a model. */
export interface ResponsesCall {
  readonly options: LanguageModelV4CallOptions;
  /** What the answer repeats of the request. */
  readonly request: ResponsesBody;
  readonly wantsLogprobs: boolean;
}

/** Translates the body of `POST /v1/responses`. Throws `WireRefusal` for what this model cannot do. */
export function responsesCall(body: Record<string, unknown>, context: CallContext): ResponsesCall {
  const request = parseAt(responsesBodySchema, body, '');
  const tools = toolsOf(request);
  const format = jsonFormatSetting(formatOf(request), context);
  const wantsLogprobs = (request.include ?? []).includes('message.output_text.logprobs');
  const own: JSONObject = {
    ...extraOptions(extrasOf(request), context),
    ...format.options,
    ...parallelOptions(request.parallel_tool_calls, tools.tools !== undefined, context),
    ...logprobOptions({ logprobs: wantsLogprobs, top: request.top_logprobs }, context),
  };
  return {
    request,
    wantsLogprobs,
    options: {
      prompt: responsesPrompt(request, context),
      ...present({
        maxOutputTokens: request.max_output_tokens,
        temperature: request.temperature,
        topP: request.top_p,
      }),
      ...reasoningSetting(request.reasoning?.effort, 'reasoning.effort', context),
      ...format.setting,
      ...tools,
      ...providerOptionsOf(own, request.providerOptions, context),
    },
  };
}

function toolsOf({ tools, tool_choice: choice }: ResponsesBody): ToolSettings {
  const translated = (tools ?? []).map((tool, index) =>
    functionTool(parseAt(responsesToolSchema, tool, `tools[${index}]`)),
  );
  return toolSettings(translated, choice);
}

function formatOf({ text }: ResponsesBody): JsonFormat | null {
  const format = text?.format;
  if (format?.type === 'json_object') return {};
  return format?.type === 'json_schema' ? format : null;
}

/** Translated above, or the server's own business. */
const TRANSLATED = new Set([
  ...Object.keys(responsesBodySchema.shape).filter((name) => name !== 'metadata' && name !== 'include'),
  'model',
]);

/** Items of `include` that the answer holds anyway, or that were asked for otherwise. */
const INCLUDED = new Set(['reasoning.encrypted_content', 'message.output_text.logprobs']);

function extrasOf(request: ResponsesBody): Record<string, unknown> {
  const { include, text, reasoning, ...rest } = request;
  const others = (include ?? []).filter((name) => !INCLUDED.has(name));
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([name]) => !TRANSLATED.has(name))),
    verbosity: text?.verbosity,
    reasoning_summary: reasoning?.summary,
    ...(others.length === 0 ? {} : { include: others }),
  };
}
