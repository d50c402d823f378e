import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV4, LanguageModelV4Usage } from '@ai-sdk/provider';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { UpstreamConfig } from '../schema/config.ts';
import { limitedFetch } from './limited-fetch.ts';

/** Parameters of the chat API that some models spell differently or refuse. */
export interface Dialect {
  /** OpenAI's reasoning models want `max_completion_tokens`. */
  completionTokens: boolean;
  /** They also accept no temperature but their own. */
  noTemperature: boolean;
}

/** What a call goes to: an AI SDK model, and how to speak of it without telling its key. */
export interface ConnectedModel {
  model: LanguageModelV4;
  modelId: string;
  /** Address or provider, for messages. */
  where: string;
  /** Tells this model from others in the call cache. */
  identity: Record<string, string>;
  /** Environment variable of the key, if the config names one. */
  keyName: string | undefined;
  /** Texts that must never be shown. */
  secrets: readonly string[];
}

/** Makes the AI SDK model of one config entry. Throws `upstream/no-key`, `upstream/bad-key` or `upstream/bad-address`. */
export function connectModel(options: {
  name: string;
  config: UpstreamConfig;
  environment: NodeJS.ProcessEnv;
  dialect: Dialect;
}): ConnectedModel {
  const { name, config, environment, dialect } = options;
  if (!('baseUrl' in config)) return modelObject(name, config.model);
  const baseUrl = checkedAddress(name, config.baseUrl);
  const apiKey = config.apiKeyEnv === undefined ? undefined : keyFrom(environment, name, config.apiKeyEnv);
  const provider = createOpenAICompatible({
    name: 'upstream',
    baseURL: baseUrl,
    ...(apiKey === undefined ? {} : { apiKey }),
    fetch: limitedFetch,
    convertUsage: usageAsReported,
    transformRequestBody: (body) => inDialect(body, dialect),
  });
  return {
    model: provider.chatModel(config.model),
    modelId: config.model,
    where: baseUrl,
    identity: { baseUrl, model: config.model },
    keyName: config.apiKeyEnv,
    // A key such as "none" of a local server is no secret, and hiding a letter or two would garble messages.
    secrets: apiKey === undefined || apiKey.length < 5 ? [] : [apiKey],
  };
}

/** Two objects of one provider and model may differ in settings nobody can see, so the config's name tells them apart. */
function modelObject(name: string, model: LanguageModelV4): ConnectedModel {
  return {
    model,
    modelId: model.modelId,
    where: `${model.provider}/${model.modelId}`,
    identity: { name, provider: model.provider, model: model.modelId },
    keyName: undefined,
    secrets: [],
  };
}

function inDialect(body: Record<string, unknown>, dialect: Dialect): Record<string, unknown> {
  const { max_tokens: maxTokens, temperature, ...rest } = body;
  return {
    ...rest,
    ...(dialect.noTemperature ? {} : { temperature }),
    ...(dialect.completionTokens ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }),
  };
}

/** The library counts what a server does not report as 0; unknown must stay unknown. */
function usageAsReported(
  usage:
    | { prompt_tokens?: number | null | undefined; completion_tokens?: number | null | undefined }
    | null
    | undefined,
): LanguageModelV4Usage {
  return {
    inputTokens: {
      total: usage?.prompt_tokens ?? undefined,
      noCache: undefined,
      cacheRead: undefined,
      cacheWrite: undefined,
    },
    outputTokens: { total: usage?.completion_tokens ?? undefined, text: undefined, reasoning: undefined },
  };
}

/** A base address without a slash at its end. Throws `upstream/bad-address`. */
export function checkedAddress(name: string, baseUrl: string): string {
  const url = new URL(baseUrl);
  const where = `upstreams.${name}.baseUrl`;
  const code = 'upstream/bad-address';
  if (url.username !== '' || url.password !== '') {
    const hint = 'Put the key into an environment variable and name that in apiKeyEnv.';
    throw new HomegrownError({ code, message: 'the address contains a password', where, hint });
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.search !== '' || url.hash !== '') {
    throw new HomegrownError({
      code,
      message: 'this is no base address of an OpenAI-compatible API',
      where,
      expected: 'http:// or https:// and a path such as /v1, without "?" and "#"',
      found: `${url.protocol}//${url.host}${url.pathname}${url.search === '' ? '' : '?…'}${url.hash === '' ? '' : '#…'}`,
    });
  }
  return baseUrl.replace(/\/+$/, '');
}

/** The key in an environment variable. Throws `upstream/no-key` or `upstream/bad-key`. */
export function keyFrom(environment: NodeJS.ProcessEnv, name: string, variable: string): string {
  const key = environment[variable]?.trim();
  const where = `upstreams.${name}.apiKeyEnv`;
  if (key === undefined || key === '') {
    throw new HomegrownError({
      code: 'upstream/no-key',
      message: `the environment variable ${variable}, which should hold the key of upstream "${name}", is not set`,
      where,
      hint: `Set it, for example: export ${variable}=…`,
    });
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new HomegrownError({
      code: 'upstream/bad-key',
      message: `the environment variable ${variable} does not hold a key: it has characters that no key has`,
      where,
      expected: 'ASCII letters, digits and punctuation without spaces',
      hint: `Set ${variable} again, without quotes, spaces or line breaks inside.`,
    });
  }
  return key;
}
