import { once } from 'node:events';
import { type CsvError, type Info, parse, type Parser } from 'csv-parse';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { readBlocks } from './byte-lines.ts';
import { throwIfInterrupted } from './interruption.ts';
import { countOf, quoteForDisplay } from './quote-for-display.ts';
import { RecordPositions } from './record-positions.ts';
import type { ReadOptions, SourceRow } from './source-row.ts';
import { utf8Problem } from './utf8-problem.ts';

/** One record may span lines, but a quote that is never closed must not swallow the memory. */
const MAX_RECORD_BYTES = 32 * 2 ** 20;

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The delimiter used most in the header line outside quotes; a comma when there is none. */
export function detectDelimiter(head: string): string {
  let quoted = false;
  const counts = new Map<string, number>(DELIMITERS.map((delimiter) => [delimiter, 0]));
  for (const character of head) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '\n' || character === '\r')) break;
    else if (!quoted && counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

interface ParsedRecord {
  cells: string[];
  endByte: number;
}

/** Rows of a CSV file with a header, in batches; records that do not fit the header come as problems. */
export async function* readCsv(path: string, options: ReadOptions = {}): AsyncGenerator<SourceRow[]> {
  let header: string[] | null = null;
  for await (const batch of readCsvRecords(path, options)) {
    const rows: SourceRow[] = [];
    for (const record of batch) {
      if ('problem' in record) rows.push(record);
      else if (header === null) header = checkHeader(record.cells, path);
      else if (record.cells.some((cell) => cell !== '')) rows.push(toRow(record.cells, header, record.line));
    }
    yield rows;
  }
}

/** The header's names, or null for a file without a record. */
export async function readCsvHeader(path: string): Promise<string[] | null> {
  for await (const batch of readCsvRecords(path, {})) {
    for (const record of batch) {
      if (!('problem' in record)) return checkHeader(record.cells, path);
      throw new HomegrownError({
        code: 'data/bad-header',
        message: 'the header line cannot be read',
        where: `${path}:${record.line}`,
        ...record.problem,
      });
    }
  }
  return null;
}

function checkHeader(cells: readonly string[], path: string): string[] {
  const names = cells.map((cell) => cell.trim());
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice === undefined) return names;
  throw new HomegrownError({
    code: 'data/duplicate-column',
    message: 'the header names a column twice',
    where: `${path}:1`,
    expected: 'a different name for each column',
    found: `${quoteForDisplay(twice)} more than once`,
    hint: 'Rename one of them in the header line.',
  });
}

function toRow(cells: readonly string[], header: readonly string[], line: number): SourceRow {
  if (cells.length !== header.length) {
    const expected = `${countOf(header.length, 'cell')}, as in the header`;
    const found = `${cells.length}: ${quoteForDisplay(cells.join(' | '))}`;
    return {
      line,
      problem: {
        expected,
        found,
        hint: 'Cells that contain the delimiter, quotes or line breaks must be in double quotes.',
      },
    };
  }
  const values = Object.create(null) as Record<string, unknown>;
  for (let i = 0; i < header.length; i++) values[header[i]!] = cells[i];
  return { line, values };
}

type RecordOrProblem = { line: number; cells: string[] } | Extract<SourceRow, { problem: unknown }>;

async function* readCsvRecords(path: string, options: ReadOptions): AsyncGenerator<RecordOrProblem[]> {
  const positions = new RecordPositions();
  const records: ParsedRecord[] = [];
  const failures: CsvError[] = [];
  let parser: Parser | null = null;
  for await (const block of readBlocks(path, options.onBytes)) {
    throwIfInterrupted(options.signal);
    parser ??= createParser(detectDelimiter(block.toString('utf8', 0, 65_536)), records, failures);
    positions.append(block);
    await writeTo(parser, block, path, positions);
    yield takeRecords(records, positions);
  }
  if (parser === null) return;
  parser.end();
  await once(parser.resume(), 'end');
  yield takeRecords(records, positions);
  if (failures.length > 0) yield [unclosedQuote(positions)];
}

function createParser(delimiter: string, records: ParsedRecord[], failures: CsvError[]): Parser {
  return parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => {
      if (error === undefined) return;
      if (error.code === 'CSV_MAX_RECORD_SIZE') throw error;
      failures.push(error);
    },
    on_record: (cells: string[], { bytes }: Info) => {
      records.push({ cells, endByte: bytes });
      return null;
    },
  });
}

async function writeTo(
  parser: Parser,
  block: Buffer,
  path: string,
  positions: RecordPositions,
): Promise<void> {
  const error = await new Promise<Error | null | undefined>((resolve) => {
    parser.once('error', () => undefined);
    parser.write(block, resolve);
  });
  parser.removeAllListeners('error');
  if (error === null || error === undefined) return;
  throw new HomegrownError({
    code: 'data/csv-record-too-long',
    message: 'one record does not end',
    where: `${path}:${positions.nextLine()}`,
    expected: `records of at most ${MAX_RECORD_BYTES / 2 ** 20} MB`,
    found: 'more than that since this line',
    hint: 'A double quote that opens a cell here is probably never closed.',
    cause: error,
  });
}

function takeRecords(records: ParsedRecord[], positions: RecordPositions): RecordOrProblem[] {
  const taken = records.splice(0);
  return taken.map(({ cells, endByte }) => {
    const { line, bytes, startByte } = positions.take(endByte);
    return checkCharacters(cells, line, bytes, startByte);
  });
}

function checkCharacters(cells: string[], line: number, bytes: Buffer, startByte: number): RecordOrProblem {
  for (const cell of cells) {
    if (cell.includes('\uFFFD')) {
      const problem = utf8Problem(bytes, startByte);
      if (problem !== null) return { line, problem };
    }
    if (cell.includes('\0')) return { line, problem: { expected: 'text', found: 'a NUL byte' } };
  }
  return { line, cells };
}

function unclosedQuote(positions: RecordPositions): RecordOrProblem {
  return {
    line: positions.nextLine(),
    problem: {
      expected: 'a closing double quote',
      found: 'none: everything from this line to the end of the file was one cell',
      hint: 'Close the quote, or write a double quote inside a quoted cell as two.',
    },
  };
}
