import type { UpstreamConfig } from '../../schema/config.ts';

const HOSTS: readonly [pattern: RegExp, provider: string][] = [
  [/(?:^|\.)api\.openai\.com$/, 'openai'],
  [/\.openai\.azure\.com$/, 'openai'],
  [/(?:^|\.)api\.anthropic\.com$/, 'anthropic'],
  [/(?:^|\.)generativelanguage\.googleapis\.com$/, 'google'],
  [/(?:^|-)aiplatform\.googleapis\.com$/, 'google'],
  [/(?:^|\.)api\.mistral\.ai$/, 'mistral'],
  [/(?:^|\.)api\.deepseek\.com$/, 'deepseek'],
  [/(?:^|\.)api\.groq\.com$/, 'groq'],
  [/(?:^|\.)api\.x\.ai$/, 'xai'],
  [/(?:^|\.)api\.cohere\.(?:ai|com)$/, 'cohere'],
];

/** Whose prices hold for an upstream, by its address or by what its AI SDK model says; null when neither tells. */
export function providerOf(upstream: UpstreamConfig): string | null {
  if (!('baseUrl' in upstream)) return sdkProviderOf(upstream.model.provider);
  const { hostname } = new URL(upstream.baseUrl);
  return HOSTS.find(([pattern]) => pattern.test(hostname))?.[1] ?? null;
}

/** `openai.responses`, `google.generative-ai`, `azure-openai.chat`, … */
function sdkProviderOf(provider: unknown): string | null {
  if (typeof provider !== 'string') return null;
  const maker = provider.split('.')[0]!.replace(/^azure(?:-openai)?$/, 'openai');
  return SDK_PROVIDERS.has(maker) ? maker : null;
}

const SDK_PROVIDERS = new Set([
  'openai',
  'anthropic',
  'google',
  'mistral',
  'deepseek',
  'groq',
  'xai',
  'cohere',
]);
