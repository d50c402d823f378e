import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { type AtomicWriteOptions, writeFileAtomic } from '../util/atomic-file.ts';
import type { ClimbEvent } from './climb-event.ts';

/**
 * The directory of one climb. Finished steps leave a file each, written whole or not at all, so that the same command
 * after a kill goes on where it was. What a clock or a purse measured stands apart in `measured/`.
 */
export class ClimbRun {
  readonly directory: string;
  readonly id: string;
  readonly #listener: (event: ClimbEvent) => void;

  constructor(options: { directory: string; id: string; listener: (event: ClimbEvent) => void }) {
    this.directory = options.directory;
    this.id = options.id;
    this.#listener = options.listener;
    mkdirSync(this.directory, { recursive: true });
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  has(...parts: string[]): boolean {
    return existsSync(this.path(...parts));
  }

  /** The stored result of a step, or the result of making it now. */
  async step<T>(
    name: string,
    schema: z.ZodType<T>,
    make: () => Promise<T>,
    options: AtomicWriteOptions = {},
  ): Promise<T> {
    const path = this.path(name);
    if (existsSync(path)) return readStep(path, schema);
    const made = await make();
    await writeFileAtomic(path, `${JSON.stringify(made, null, 2)}\n`, options);
    return made;
  }

  emit(event: ClimbEvent): void {
    appendFileSync(
      this.path('events.jsonl'),
      `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`,
    );
    this.#listener(event);
  }
}

async function readStep<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new HomegrownError({
      code: 'climb/damaged-run',
      message: `cannot be read: ${messageOf(cause)}`,
      where: path,
      hint: 'Run `homegrown climb --fresh` to start this climb again.',
      cause,
    });
  }
}
