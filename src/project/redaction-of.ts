import type { Config } from '../schema/config.ts';
import type { RedactionRecord } from '../schema/redaction-record.ts';

/** What this config replaces in captured calls; null when nothing. */
export function redactionOf({ capture }: Pick<Config, 'capture'>): RedactionRecord | null {
  const kinds = [...new Set(capture.redact)].toSorted();
  const ownFunction = capture.redactText !== undefined;
  return kinds.length === 0 && !ownFunction ? null : { kinds, ownFunction };
}
