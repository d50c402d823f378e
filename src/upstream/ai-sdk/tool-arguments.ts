import { isRecord } from '../../util/is-record.ts';

/**
 * A call's arguments as an object, which every provider wants. Models write broken JSON at times: the next model then
 * reads the text under the name that the AI SDK's own providers give it.
 */
export function argumentsOf(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRecord(parsed)) return parsed;
  } catch {
    // Not JSON: below.
  }
  return { rawInvalidInput: text };
}
