import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { z } from 'zod';

const PREFIX = 'homegrown-1.';
const metadataSchema = z.record(z.string(), z.record(z.string(), z.json()));

/**
 * What a provider wants back with its reasoning (a signature, an encrypted text), in the one field that clients of
 * OpenAI's responses hand back unread.
 */
export function reasoningToken(metadata: SharedV4ProviderMetadata | undefined): string | undefined {
  if (metadata === undefined || Object.keys(metadata).length === 0) return undefined;
  return PREFIX + Buffer.from(JSON.stringify(metadata)).toString('base64url');
}

/** The same read back; null for a text that is not ours. */
export function metadataIn(token: string): SharedV4ProviderMetadata | null {
  if (!token.startsWith(PREFIX)) return null;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token.slice(PREFIX.length), 'base64url').toString('utf8'));
    return metadataSchema.parse(parsed);
  } catch {
    return null;
  }
}
