import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { splitLines, readBlocks } from './byte-lines.ts';
import { writeFailure } from '../util/atomic-file.ts';

/** So much text waits in memory, over all partitions, before it goes to disk. */
const MEMORY_BYTES = 8 * 2 ** 20;

/** Lines of text sorted into partitions; what does not fit in memory goes to files in a directory, one per partition. */
export class RowSpill {
  readonly partitions: number;
  readonly #directory: string;
  readonly #name: string;
  readonly #lines: string[][];
  readonly #lengths: number[];
  readonly #onDisk: boolean[];

  constructor(options: { directory: string; name: string; partitions: number }) {
    this.partitions = options.partitions;
    this.#directory = options.directory;
    this.#name = options.name;
    this.#lines = Array.from({ length: options.partitions }, () => []);
    this.#lengths = Array.from({ length: options.partitions }, () => 0);
    this.#onDisk = Array.from({ length: options.partitions }, () => false);
  }

  /** Adds a line (without line feeds); call `relieve` now and then. */
  add(partition: number, line: string): void {
    this.#lines[partition]!.push(line);
    this.#lengths[partition]! += line.length + 1;
  }

  /** Writes out the partitions that hold more than their share of memory. */
  async relieve(): Promise<void> {
    const share = MEMORY_BYTES / this.partitions;
    for (let partition = 0; partition < this.partitions; partition++) {
      if (this.#lengths[partition]! > share) await this.#write(partition);
    }
  }

  async #write(partition: number): Promise<void> {
    const path = this.#path(partition);
    const text = `${this.#lines[partition]!.join('\n')}\n`;
    this.#lines[partition] = [];
    this.#lengths[partition] = 0;
    this.#onDisk[partition] = true;
    await appendFile(path, text).catch((error: unknown) => {
      throw writeFailure(path, error);
    });
  }

  /** The partition's lines in the order they were added, in batches. */
  async *read(partition: number): AsyncGenerator<string[]> {
    if (this.#onDisk[partition] === true) {
      for await (const lines of splitLines(readBlocks(this.#path(partition)), Infinity)) {
        yield lines.map(({ bytes }) => bytes!.toString('utf8'));
      }
    }
    yield this.#lines[partition]!;
  }

  /** Frees a partition that has been read. */
  release(partition: number): void {
    this.#lines[partition] = [];
  }

  #path(partition: number): string {
    return join(this.#directory, `${this.#name}-${partition}`);
  }
}

/** How many partitions keep each one small enough to hold, for sources of so many bytes. */
export function partitionsFor(bytes: number): number {
  if (bytes < 2 ** 20) return 1;
  if (bytes < 2 ** 25) return 16;
  return bytes < 2 * 2 ** 30 ? 64 : 512;
}
