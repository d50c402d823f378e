import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { exampleSchema, type Example } from '../schema/example.ts';
import { writeFailure } from '../util/atomic-file.ts';
import { type ByteLine, readBlocks, splitLines } from './byte-lines.ts';

const FLUSH_LENGTH = 1 << 20;

/** Writes examples one JSON line each and hashes what it writes. */
export class ExamplesWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  #lines: string[] = [];
  #length = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async create(path: string): Promise<ExamplesWriter> {
    const file = await open(path, 'wx').catch((error: unknown) => {
      throw writeFailure(path, error);
    });
    return new ExamplesWriter(path, file);
  }

  add(example: Example): void {
    this.addLine(JSON.stringify(example));
  }

  addLine(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
  }

  /** Writes what has gathered, if it is much. */
  async relieve(): Promise<void> {
    if (this.#length > FLUSH_LENGTH) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const bytes = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#length = 0;
    this.#hash.update(bytes);
    try {
      for (let written = 0; written < bytes.length;) {
        written += (await this.#file.write(bytes, written)).bytesWritten;
      }
    } catch (error) {
      throw writeFailure(this.#path, error);
    }
  }

  /** Finishes the file durably and returns its SHA-256. */
  async finish(): Promise<string> {
    await this.#flush();
    try {
      await this.#file.sync();
    } catch (error) {
      throw writeFailure(this.#path, error);
    }
    return this.#hash.digest('hex');
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** An example with the byte offset of its line. */
export interface PlacedExample {
  example: Example;
  offset: number;
}

/** Examples of a file in batches, in its order. Throws `data/damaged-version` on a line that is no example. */
export async function* readExampleBatches(path: string): AsyncGenerator<PlacedExample[]> {
  for await (const lines of splitLines(readBlocks(path), Infinity)) {
    yield lines.map((line) => ({ example: parseExample(line, path), offset: line.offset }));
  }
}

function parseExample(line: ByteLine, path: string): Example {
  let value: unknown;
  try {
    value = JSON.parse(line.bytes!.toString('utf8'));
  } catch (error) {
    throw damagedLine(path, line.number, messageOf(error), error);
  }
  if (!isExample(value)) throw damagedLine(path, line.number, reasonNotExample(value));
  return value;
}

/** The cheap part of `exampleSchema`, for files that we wrote and whose hash can be checked. */
function isExample(value: unknown): value is Example {
  if (typeof value !== 'object' || value === null) return false;
  const { input, output, group, split, weight, id } = value as Partial<Example>;
  return (
    typeof input === 'string' &&
    typeof output === 'string' &&
    typeof group === 'string' &&
    typeof id === 'string' &&
    typeof weight === 'number' &&
    (split === 'train' || split === 'validation' || split === 'held-out')
  );
}

function reasonNotExample(value: unknown): string {
  const result = exampleSchema.safeParse(value);
  return result.success ? 'something else' : (result.error.issues[0]?.message ?? 'something else');
}

function damagedLine(path: string, line: number, found: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'data/damaged-version',
    message: 'the data-set version is damaged',
    where: `${path}:${line}`,
    expected: 'an example as one JSON object',
    found,
    hint: 'Delete this version’s directory and run `homegrown data build` again.',
    cause,
  });
}
