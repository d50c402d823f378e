/** How a failure maps to a process exit code: 1 failed, 2 wrong use, 3 refused for lack of evidence or budget, 130 interrupted. */
export type ErrorKind = 'failed' | 'usage' | 'refused' | 'interrupted';

/** What an error is made of: what failed, where, what was expected and found, and what to do next. */
export interface ErrorFacts {
  /** Stable, `room/what-happened`, for example `data/not-utf8`. Programs match on it. */
  code: string;
  /** One sentence: what failed. */
  message: string;
  kind?: ErrorKind;
  /** File, `file:line`, config path or URL. */
  where?: string | undefined;
  expected?: string | undefined;
  found?: string | undefined;
  /** The next step, as an imperative sentence. */
  hint?: string | undefined;
  cause?: unknown;
}

const EXIT_CODES: Record<ErrorKind, number> = { failed: 1, usage: 2, refused: 3, interrupted: 130 };

/** The one error class of the project; whatever else is thrown is a bug. */
export class HomegrownError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly where: string | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly hint: string | undefined;

  constructor(facts: ErrorFacts) {
    super(composeMessage(facts), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'HomegrownError';
    this.code = facts.code;
    this.kind = facts.kind ?? 'failed';
    this.where = facts.where;
    this.expected = facts.expected;
    this.found = facts.found;
    this.hint = facts.hint;
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}

function composeMessage({ message, where, expected, found }: ErrorFacts): string {
  const parts = [where === undefined ? message : `${where}: ${message}`];
  if (expected !== undefined) parts.push(`expected ${expected}`);
  if (found !== undefined) parts.push(`found ${found}`);
  return parts.join('; ');
}

/** The text of any thrown value, for messages that quote a cause. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The system error code (`ENOENT`, `ENOSPC`, …) of a thrown value, if it has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return undefined;
}
