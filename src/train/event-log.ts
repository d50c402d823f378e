import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { systemCodeOf } from '../errors/homegrown-error.ts';
import type { RunCheckpoint } from '../schema/run-checkpoint.ts';
import { type RunEvent, runEventSchema } from '../schema/run-event.ts';
import { writeFailure, writeFileAtomic } from '../util/atomic-file.ts';

/** `events.jsonl` being written: whole lines, each there for readers as soon as it is appended. */
export class EventLog {
  readonly #path: string;
  readonly #descriptor: number;
  #bytes: number;

  private constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#bytes = fstatSync(descriptor).size;
  }

  /** Opens a log to go on with, or an empty one. */
  static open(path: string): EventLog {
    try {
      return new EventLog(path, openSync(path, 'a'));
    } catch (cause) {
      throw writeFailure(path, cause);
    }
  }

  append(event: RunEvent): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    try {
      for (let at = 0; at < line.length;) at += writeSync(this.#descriptor, line, at);
      this.#bytes += line.length;
    } catch (cause) {
      ftruncateSync(this.#descriptor, this.#bytes);
      throw writeFailure(this.#path, cause);
    }
  }

  /** What was appended survives a power cut. */
  sync(): void {
    try {
      fsyncSync(this.#descriptor);
    } catch (cause) {
      throw writeFailure(this.#path, cause);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** The events of a log, and how many of its lines are none: a kill or a full disk may tear the last one. */
export interface LoggedEvents {
  readonly events: readonly RunEvent[];
  readonly unreadableLines: number;
}

/** Reads a log, also while it is written; empty when there is none. */
export async function readEvents(path: string): Promise<LoggedEvents> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return '';
    throw error;
  });
  const parsed = text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseEvent);
  const events = parsed.filter((event) => event !== null);
  return { events, unreadableLines: parsed.length - events.length };
}

/** The event of one line, or null. */
export function parseEvent(line: string): RunEvent | null {
  try {
    return runEventSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

/** Takes a log back to a checkpoint: what came after it is dropped, and what a kill left unsaid about it is added. */
export async function rewindEvents(path: string, { step, scheduled }: RunCheckpoint): Promise<LoggedEvents> {
  const { events, unreadableLines } = await readEvents(path);
  const kept = events.filter((event) => !('step' in event) || event.step <= step);
  const isSaid = kept.some((event) => event.type === 'checkpoint-saved' && event.step === step);
  if (scheduled && !isSaid) kept.push({ type: 'checkpoint-saved', step, measured: { seconds: null } });
  await writeFileAtomic(path, kept.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return { events: kept, unreadableLines };
}
