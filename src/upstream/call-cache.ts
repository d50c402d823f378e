import { readdir, readFile } from 'node:fs/promises';
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
  /** Marks of the texts that were sent, so that they can be erased; entries of earlier versions do not say. */
  mentions: z.array(z.string()).nullable().default(null),
});

/** An answer as the cache keeps it. */
export type CachedCall = Omit<z.infer<typeof cachedCallSchema>, 'format' | 'key' | 'mentions'>;

/** How much of a text its mark depends on: what is sent is cut, but never shorter than this. */
const MARKED_CHARACTERS = 500;

/** The mark by which a text is known in the cache. */
export function mentionOf(text: string): string {
  return sha256(text.slice(0, MARKED_CHARACTERS)).slice(0, 16);
}

/** Answers to earlier calls on disk: one small file each, without the request and without any key. */
export interface CallCache {
  read(request: UpstreamRequest): Promise<CachedCall | null>;
  write(request: UpstreamRequest, call: CachedCall): Promise<void>;
}

/** The cache of one upstream. `identity` tells it from others: address and model, never its key. */
export function callCache(directory: string, identity: Record<string, string>): CallCache {
  const keyOf = ({ mentions: _mentions, ...request }: UpstreamRequest): string =>
    sha256(canonicalJson({ identity, request }));
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
      const mentions = request.mentions?.map(mentionOf) ?? null;
      const content = `${JSON.stringify({ format: 1, key, ...call, mentions })}\n`;
      await writeFileAtomic(pathOf(key), content).catch(() => undefined);
    },
  };
}

function parseCachedCall(content: string, key: string): CachedCall | null {
  try {
    const {
      format: _format,
      key: storedKey,
      mentions: _mentions,
      ...call
    } = cachedCallSchema.parse(JSON.parse(content));
    return storedKey === key ? call : null;
  } catch {
    return null;
  }
}

/** What is known of a remembered call without its request. */
export interface RememberedCall {
  readonly path: string;
  /** null: an earlier version wrote it, and what was sent is not known. */
  readonly mentions: readonly string[] | null;
}

/** All remembered calls under a directory; files that are none are passed over. */
export async function* rememberedCalls(directory: string): AsyncGenerator<RememberedCall> {
  for (const folder of await readdir(directory).catch(() => [] as string[])) {
    for (const name of await readdir(join(directory, folder)).catch(() => [] as string[])) {
      if (!/^[0-9a-f]{64}\.json$/u.test(name)) continue;
      const path = join(directory, folder, name);
      const content = await readFile(path, 'utf8').catch(() => null);
      if (content !== null) yield { path, mentions: mentionsIn(content) };
    }
  }
}

function mentionsIn(content: string): readonly string[] | null {
  try {
    return cachedCallSchema.parse(JSON.parse(content)).mentions;
  } catch {
    return null;
  }
}
