import type { z } from 'zod';
import type { Redactor } from '../../protocol/redaction/redactor.ts';
import { type Feedback, type FeedbackInput, feedbackInputSchema } from '../../schema/feedback.ts';

/** Far more than a label or an answer has; what checks and redacts a value goes down with it. */
const MOST_LEVELS = 200;

/** What is wrong with one entry. */
export interface FeedbackProblem {
  /** Place in the list, from 0. */
  readonly index: number;
  /** The part of it that is at fault, for example `output`; empty: all of it. */
  readonly param: string;
  readonly message: string;
}

/** Checks entries and tells every problem of every one. */
export function checkFeedback(entries: readonly unknown[]): {
  inputs: FeedbackInput[];
  problems: FeedbackProblem[];
} {
  const inputs: FeedbackInput[] = [];
  const problems: FeedbackProblem[] = [];
  for (const [index, entry] of entries.entries()) {
    if (isDeeperThan(entry, MOST_LEVELS)) {
      problems.push({ index, param: '', message: `expected at most ${MOST_LEVELS} levels of nesting` });
      continue;
    }
    const parsed = feedbackInputSchema.safeParse(entry);
    if (parsed.success) inputs.push(parsed.data);
    else problems.push(...parsed.error.issues.map((issue) => problemOf(index, issue)));
  }
  return { inputs, problems };
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

function problemOf(index: number, issue: z.core.$ZodIssue): FeedbackProblem {
  // All that is said of a value that is none, as `output` may be any.
  const isNoValue = issue.message === 'Invalid input';
  const message = isNoValue
    ? 'expected a value, any JSON'
    : issue.message.replace(/^Invalid (?:input|option|key): /, '');
  return { index, param: issue.path.map(String).join('.').slice(0, 200), message: message.slice(0, 500) };
}

/** Feedback as it is stored: what was left out is filled in, what people wrote is redacted as calls are. */
export function feedbackOf(
  input: FeedbackInput,
  { id, now, redactor }: { id: string; now: Date; redactor: Redactor },
): Feedback {
  const { at, by = null, comment = null } = input;
  const common = {
    id: input.id ?? id,
    inference: input.inference,
    at: (at === undefined ? now : new Date(at)).toISOString(),
    by,
    comment: comment === null ? null : redactor.text(comment),
  };
  switch (input.kind) {
    case 'edited':
    case 'corrected':
      return { ...common, kind: input.kind, output: redactor.value(input.output) };
    case 'score':
      return { ...common, kind: 'score', score: input.score };
    case 'accepted':
    case 'rejected':
      return { ...common, kind: input.kind };
    default:
      return input satisfies never;
  }
}
