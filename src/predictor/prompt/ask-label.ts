import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { Upstream, UpstreamCallOptions } from '../../upstream/upstream.ts';
import type { NearestExamples } from './nearest-examples.ts';
import type { LabelParser } from './parse-label.ts';
import type { Prompt } from './prompt-file.ts';
import { renderRequest } from './render-messages.ts';

/** An upstream with a prompt, ready to be asked for labels. */
export interface Asker {
  upstream: Upstream;
  prompt: Prompt;
  parse: LabelParser;
  /** Where the shown examples come from; null when none are shown. */
  nearest: NearestExamples | null;
}

/** What asking gave: a label, an answer that is none, or a failed call. */
export type LabelAnswer =
  | { kind: 'label'; label: number; costUsd: number | null; durationMs: number }
  | { kind: 'unusable'; answer: string; costUsd: number | null; durationMs: number }
  | { kind: 'failed'; error: HomegrownError };

/** Asks once. Rejects only when aborted. */
export async function askLabel(
  asker: Asker,
  input: string,
  options: UpstreamCallOptions = {},
): Promise<LabelAnswer> {
  const request = requestFor(asker, input);
  try {
    const { text, costUsd, durationMs } = await asker.upstream.complete(request, options);
    const label = asker.parse(text);
    if (label === null) return { kind: 'unusable', answer: text, costUsd, durationMs };
    return { kind: 'label', label, costUsd, durationMs };
  } catch (thrown) {
    if (thrown instanceof HomegrownError) return { kind: 'failed', error: thrown };
    throw thrown;
  }
}

/** The request that `askLabel` sends. */
export function requestFor({ prompt, nearest }: Asker, input: string): ReturnType<typeof renderRequest> {
  const text = input.slice(0, prompt.maxInputCharacters + 1);
  const shown = nearest?.find(text, prompt.shots?.count ?? 0).toReversed() ?? [];
  return renderRequest(prompt, text, shown);
}
