import { messageOf } from '../errors/homegrown-error.ts';
import { type ByteLine, MAX_LINE_BYTES, readBlocks, splitLines } from './byte-lines.ts';
import { throwIfInterrupted } from './interruption.ts';
import { quoteForDisplay } from './quote-for-display.ts';
import type { ReadOptions, RowProblem, SourceRow } from './source-row.ts';
import { utf8Problem } from './utf8-problem.ts';
import { isRecord } from '../util/is-record.ts';

const LIST_TO_LINES = 'Write one object a line, for example with: jq -c ".[]" old.json > new.jsonl';

/** Rows of a file of JSON lines, in batches; blank lines are passed over, bad lines come as problems. */
export async function* readJsonLines(path: string, options: ReadOptions = {}): AsyncGenerator<SourceRow[]> {
  for await (const lines of splitLines(readBlocks(path, options.onBytes))) {
    throwIfInterrupted(options.signal);
    const rows: SourceRow[] = [];
    for (const line of lines) {
      const row = parseLine(line);
      if (row !== null) rows.push(row);
    }
    yield rows;
  }
}

function parseLine(line: ByteLine): SourceRow | null {
  const { number, bytes, offset } = line;
  if (bytes === null) return { line: number, problem: tooLong() };
  const encoding = utf8Problem(bytes, offset);
  if (encoding !== null) return { line: number, problem: encoding };
  const hasMark = number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = bytes.toString('utf8', hasMark ? 3 : 0);
  try {
    const values: unknown = JSON.parse(text);
    if (isRecord(values)) return { line: number, values };
    return { line: number, problem: notAnObject(values) };
  } catch (error) {
    if (text.trim() === '') return null;
    return { line: number, problem: syntaxProblem(line, text, error) };
  }
}

function notAnObject(value: unknown): RowProblem {
  const problem = { expected: 'a JSON object', found: describeJson(value) };
  return Array.isArray(value) ? { ...problem, hint: LIST_TO_LINES } : problem;
}

function tooLong(): RowProblem {
  return {
    expected: 'one JSON object a line',
    found: `a line longer than ${MAX_LINE_BYTES / 2 ** 20} MB`,
    hint: 'Is this one big JSON document? Write one object a line: jq -c ".[]" old.json > new.jsonl',
  };
}

function syntaxProblem(line: ByteLine, text: string, error: unknown): RowProblem {
  const expected = 'one JSON object a line';
  if (text.trimStart().startsWith('[') || text.trim() === '{') {
    return {
      expected,
      found: `the beginning of a JSON document over several lines: ${quoteForDisplay(text.trim(), 40)}`,
      hint: LIST_TO_LINES,
    };
  }
  if (!line.terminated && text.startsWith('{') && !text.trimEnd().endsWith('}')) {
    return {
      expected,
      found: `a last line that ends in the middle (the file looks truncated): ${quoteForDisplay(text, 40)}`,
      hint: 'Copy or export the file again.',
    };
  }
  return { expected, found: `${quoteForDisplay(text, 60)} (${reasonOf(error)})` };
}

/** V8's reason without the quoted text it appends. */
function reasonOf(error: unknown): string {
  return messageOf(error)
    .replace(/, ?(\.\.\.)?".*$/su, '')
    .replace(/ in JSON at position/u, ' at position')
    .replace(/ \(line \d+ column \d+\)$/u, '');
}

/** A JSON value in words, for `found`. */
export function describeJson(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `the text ${quoteForDisplay(value, 40)}`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return `${value}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
