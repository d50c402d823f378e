import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../util/atomic-file.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';
import type { UpstreamRequest } from './upstream.ts';

const tokens = z.number().int().nonnegative().nullable();

const cachedCallSchema = z.strictObject({
  format: z.literal(1),
  /** The hash that is also the file's name: a file copied to another name is a miss. */
  key: z.string(),
  text: z.string(),
  inputTokens: tokens,
  outputTokens: tokens,
  /** Of the input; entries of earlier versions do not say. */
  cachedInputTokens: tokens.default(null),
  /** Of the output. */
  reasoningTokens: tokens.default(null),
  durationMs: z.number().nonnegative(),
});

/** An answer as the cache keeps it. */
export type CachedCall = Omit<z.infer<typeof cachedCallSchema>, 'format' | 'key'>;

/** Answers to earlier calls on disk: one small file each, without the request and without any key. */
export interface CallCache {
  read(request: UpstreamRequest): Promise<CachedCall | null>;
  write(request: UpstreamRequest, call: CachedCall): Promise<void>;
}

/** The cache of one upstream. `identity` tells it from others: address and model, never its key. */
export function callCache(directory: string, identity: Record<string, string>): CallCache {
  const keyOf = (request: UpstreamRequest): string => sha256(canonicalJson({ identity, request }));
  const pathOf = (key: string): string => join(directory, key.slice(0, 2), `${key}.json`);
  return {
    async read(request) {
      const key = keyOf(request);
      const content = await readFile(pathOf(key), 'utf8').catch(() => null);
      return content === null ? null : parseCachedCall(content, key);
    },
    async write(request, call) {
      const key = keyOf(request);
      // A full disk must not lose an answer that was paid for: it is used, and asked for again next time.
      await writeFileAtomic(pathOf(key), `${JSON.stringify({ format: 1, key, ...call })}\n`).catch(
        () => undefined,
      );
    },
  };
}

function parseCachedCall(content: string, key: string): CachedCall | null {
  try {
    const { format: _format, key: storedKey, ...call } = cachedCallSchema.parse(JSON.parse(content));
    return storedKey === key ? call : null;
  } catch {
    return null;
  }
}
