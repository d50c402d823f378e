import { write } from 'node:fs';

const FLUSH_MS = 50;
const FLUSH_BYTES = 64 * 1024;
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

/**
 * Writes lines to an open file (2: standard error) in batches and without ever holding up the process: when whoever reads them does not keep
 * up, lines are dropped and counted.
 */
export class LineWriter {
  readonly #file: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  constructor(file = 2) {
    this.#file = file;
  }

  get dropped(): number {
    return this.#dropped;
  }

  add(line: string): void {
    if (this.#waitingLength > MOST_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line, '\n');
    this.#waitingLength += line.length + 1;
    if (this.#waitingLength >= FLUSH_BYTES) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Resolves when all that was added is written, or cannot be. Never throws. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return (this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    }));
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const bytes = Buffer.from(this.#waiting.join(''));
      this.#waiting = [];
      this.#waitingLength = 0;
      let written = 0;
      while (written < bytes.length) {
        const step = await this.#writeSome(bytes.subarray(written));
        if (step === null) return;
        written += step;
      }
    }
  }

  /** null: nobody can be written to any more. */
  #writeSome(bytes: Buffer): Promise<number | null> {
    return new Promise((resolve) => {
      write(this.#file, bytes, (error, written) => {
        if (error === null) resolve(written);
        // A pipe that is full and does not wait.
        else if (error.code === 'EAGAIN') setTimeout(() => resolve(0), 10);
        else resolve(null);
      });
    });
  }
}
