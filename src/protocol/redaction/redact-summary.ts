import type { InferenceSummary } from '../../schema/inference.ts';
import type { Redactor } from './redactor.ts';

/**
 * The summary without what a client may have put into its free texts: values of tags and the message of an error. User and group
 * stay as they were given, because all that is kept of somebody is found and erased by them; so do ids and names of models.
 */
export function redactSummary(summary: InferenceSummary, { isActive, text }: Redactor): InferenceSummary {
  if (!isActive) return summary;
  const tags = Object.entries(summary.tags).map(([name, value]) => [name, text(value)] as const);
  const { error } = summary;
  return {
    ...summary,
    tags: Object.fromEntries(tags),
    error: error === null ? null : { ...error, message: text(error.message) },
  };
}
