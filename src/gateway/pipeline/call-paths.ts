import type { Endpoint } from '../../schema/inference.ts';

/** The addresses of calls. */
export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/v1/chat/completions': 'chat-completions',
  '/v1/responses': 'responses',
  '/v1/embeddings': 'embeddings',
};

export const CALL_PATHS: readonly string[] = Object.keys(ENDPOINTS);
