import { open } from 'node:fs/promises';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { checkFeedback, feedbackOf } from '../gateway/feedback/read-feedback.ts';
import type { Redactor } from '../protocol/redaction/redactor.ts';
import type { Feedback } from '../schema/feedback.ts';
import type { Store } from '../store/store.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';

const BATCH = 500;
const MOST_SHOWN = 20;

export interface FeedbackImportOptions {
  /** Go on without the lines that are wrong; they are counted and shown. */
  skipBad?: boolean;
  progress?(lines: number): void;
}

/** What an import came to. */
export interface ImportedFeedback {
  /** Lines with an entry. */
  read: number;
  /** Stored now, as opposed to `repeated`. */
  new: number;
  repeated: number;
  /** Of those read, whose inference is not stored (yet). */
  waiting: number;
  /** Wrong lines that were left out. */
  skipped: number;
  /** What is wrong with the first of them. */
  problems: readonly string[];
}

/**
 * Stores feedback from a file of JSON lines. All lines are checked first: one that is wrong stops everything, unless told otherwise.
 * An entry without an id gets one from what it says, so that the same file twice counts once. Throws `feedback/…`.
 */
export async function importFeedback(
  { store, redactor }: { store: Store; redactor: Redactor },
  file: string,
  { skipBad = false, progress }: FeedbackImportOptions = {},
): Promise<ImportedFeedback> {
  const checked = await checkFile(file);
  if (checked.wrong > 0 && !skipBad) throw wrongLines(file, checked);
  const result = {
    read: 0,
    new: 0,
    repeated: 0,
    waiting: 0,
    skipped: checked.wrong,
    problems: checked.problems,
  };
  let batch: Feedback[] = [];
  const storeBatch = async (): Promise<void> => {
    const known = await store.inferences.tasksOf(batch.map(({ inference }) => inference));
    const added = await store.feedback.append(batch);
    result.read += batch.length;
    result.new += added;
    result.repeated += batch.length - added;
    result.waiting += batch.filter(({ inference }) => !known.has(inference)).length;
    batch = [];
    progress?.(result.read);
  };
  const now = new Date();
  for await (const { entry } of entriesOf(file)) {
    const [input] = checkFeedback([entry]).inputs;
    if (input === undefined) continue;
    batch.push(feedbackOf(input, { id: `fb_${sha256(canonicalJson(input)).slice(0, 32)}`, now, redactor }));
    if (batch.length === BATCH) await storeBatch();
  }
  if (batch.length > 0) await storeBatch();
  return result;
}

interface CheckedFile {
  wrong: number;
  problems: string[];
}

async function checkFile(file: string): Promise<CheckedFile> {
  const checked: CheckedFile = { wrong: 0, problems: [] };
  for await (const { entry, line, problem } of entriesOf(file)) {
    const problems =
      problem === null
        ? checkFeedback([entry]).problems.map(({ param, message }) => withPart(param, message))
        : [problem];
    if (problems.length === 0) continue;
    checked.wrong++;
    if (checked.problems.length < MOST_SHOWN) checked.problems.push(`line ${line}: ${problems.join('; ')}`);
  }
  return checked;
}

function withPart(param: string, message: string): string {
  return param === '' ? message : `${param}: ${message}`;
}

interface FileEntry {
  line: number;
  entry: unknown;
  /** null: the line is JSON. */
  problem: string | null;
}

async function* entriesOf(file: string): AsyncGenerator<FileEntry> {
  const handle = await open(file).catch((cause: unknown) => {
    throw unreadable(file, messageOf(cause), cause);
  });
  let line = 0;
  try {
    if ((await handle.stat()).isDirectory()) throw unreadable(file, 'is a directory');
    for await (const read of handle.readLines()) {
      line++;
      const text = line === 1 ? read.replace(/^\ufeff/, '') : read;
      if (text.trim() === '') continue;
      try {
        yield { line, entry: JSON.parse(text) as unknown, problem: null };
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        yield { line, entry: undefined, problem: 'is no JSON' };
      }
    }
  } finally {
    await handle.close();
  }
}

function unreadable(where: string, message: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'feedback/no-input',
    message,
    kind: 'usage',
    where,
    hint: 'Name a file of JSON lines, one entry of feedback a line.',
    cause,
  });
}

function wrongLines(where: string, { wrong, problems }: CheckedFile): HomegrownError {
  const more = wrong > problems.length ? `\n  … and ${wrong - problems.length} more` : '';
  return new HomegrownError({
    code: 'feedback/wrong-lines',
    message: `nothing was stored, because ${wrong} lines are wrong\n${problems.map((problem) => `  ${problem}`).join('\n')}${more}`,
    kind: 'usage',
    where,
    hint: 'Mend them, or go on without them: --skip-bad.',
  });
}
