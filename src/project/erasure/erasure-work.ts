import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import {
  type ErasureRecord,
  erasureRecordSchema,
  type ErasureSubject,
  erasureSubjectSchema,
} from '../../schema/erasure.ts';
import { sweepAbandonedTemporaries, syncDirectory, writeFileAtomic } from '../../util/atomic-file.ts';
import { sha256 } from '../../util/content-hash.ts';

/** An erasure that was asked for and is not finished. */
const pendingSchema = z.strictObject({
  format: z.literal(1),
  id: z.string(),
  subject: erasureSubjectSchema,
  by: z.string(),
  startedAt: z.string(),
});
export type PendingErasure = z.infer<typeof pendingSchema>;

const models = erasureRecordSchema.shape.models.element;

/** What is noted before it is done, so that a killed erasure goes on and forgets nothing: lines of `<id>.work.jsonl`. */
const noteSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('call'),
    id: z.string(),
    feedback: z.array(z.string()),
    texts: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  z.strictObject({ kind: z.literal('feedback'), ids: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('dataset'), ...erasureRecordSchema.shape.datasets.element.shape }),
  z.strictObject({ kind: z.literal('report'), ...erasureRecordSchema.shape.reports.element.shape }),
  z.strictObject({ kind: z.literal('model'), ...models.shape }),
  z.strictObject({ kind: z.literal('cached-call'), path: z.string() }),
  z.strictObject({ kind: z.literal('run-file'), path: z.string() }),
  z.strictObject({ kind: z.literal('temporary'), path: z.string() }),
]);
export type ErasureNote = z.infer<typeof noteSchema>;

const PENDING = /^(era_\w+)\.pending\.json$/u;
const FINISHED = /^(era_\w+)\.json$/u;

/** `.homegrown/erasures`: what was asked for, how far it is, and records of what was done. Readable by its owner alone. */
export class ErasureFolder {
  readonly directory: string;

  constructor(homegrownDirectory: string) {
    this.directory = join(homegrownDirectory, 'erasures');
  }

  /** What is to be done still; what killed processes left of a wish that was not noted yet, or of a finished one, is removed. */
  async pending(): Promise<PendingErasure[]> {
    await sweepAbandonedTemporaries(this.directory);
    const { pending, finished } = await this.marks();
    for (const id of pending) if (finished.includes(id)) await this.#forget(id);
    const left = pending.filter((id) => !finished.includes(id));
    const texts = await Promise.all(left.map((id) => readFile(this.#path(`${id}.pending.json`), 'utf8')));
    return texts.map((text) => pendingSchema.parse(JSON.parse(text)));
  }

  /** Notes that something is to be erased; the same wish twice is one. */
  async begin(wish: { subject: ErasureSubject; by: string }): Promise<PendingErasure> {
    const { subject } = wish;
    const known = (await this.pending()).find(
      (entry) => entry.subject.kind === subject.kind && entry.subject.id === subject.id,
    );
    if (known !== undefined) return known;
    const startedAt = new Date().toISOString();
    const id = `era_${startedAt.replaceAll(/\D/gu, '')}${randomBytes(4).toString('hex')}`;
    const pending: PendingErasure = { format: 1, id, ...wish, startedAt };
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.#path(`${id}.pending.json`), `${JSON.stringify(pending)}\n`);
    await chmod(this.#path(`${id}.pending.json`), 0o600);
    return pending;
  }

  /** What was noted of an erasure so far. */
  async *notes(id: string): AsyncGenerator<ErasureNote> {
    const path = this.#path(`${id}.work.jsonl`);
    if (!existsSync(path)) return;
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const parsed = noteSchema.safeParse(parseLine(line));
      if (parsed.success) yield parsed.data;
    }
  }

  openNotes(id: string): ErasureNotes {
    return new ErasureNotes(this.#path(`${id}.work.jsonl`));
  }

  /** Keeps the record, which names nobody, and forgets the rest. */
  async finish(record: ErasureRecord): Promise<void> {
    await writeFileAtomic(this.#path(`${record.id}.json`), `${JSON.stringify(record, null, 2)}\n`);
    await this.#forget(record.id);
  }

  async #forget(id: string): Promise<void> {
    await rm(this.#path(`${id}.work.jsonl`), { force: true });
    await rm(this.#path(`${id}.pending.json`), { force: true });
    await syncDirectory(this.directory);
  }

  /** Ids of the erasures begun and finished here: who works with examples sees by it whether one came in between. */
  async marks(): Promise<{ pending: string[]; finished: string[] }> {
    const names = await this.#names();
    const ids = (pattern: RegExp): string[] =>
      names.map((name) => pattern.exec(name)?.[1]).filter((id) => id !== undefined);
    return { pending: ids(PENDING), finished: ids(FINISHED) };
  }

  /** A subject as records name it: whoever has the project's key can ask whether somebody was erased, and nobody else. */
  async hashOf({ kind, id }: ErasureSubject): Promise<ErasureRecord['subject']> {
    const key = await this.#key();
    const hash = createHmac('sha256', key).update(`${kind}:${id}`).digest('hex');
    return { kind, hash, key: sha256(key).slice(0, 8) };
  }

  async #key(): Promise<Buffer> {
    const path = this.#path('key');
    const known = await readFile(path, 'utf8').catch(() => null);
    if (known !== null) return Buffer.from(known.trim(), 'hex');
    const key = randomBytes(32);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, `${key.toString('hex')}\n`);
    await chmod(path, 0o600);
    return key;
  }

  #path(name: string): string {
    return join(this.directory, name);
  }

  async #names(): Promise<string[]> {
    return await readdir(this.directory).catch(() => [] as string[]);
  }
}

/** Throws `data/erasure-unfinished` while something that was asked for is not erased. */
export async function refuseWhileErasing(homegrownDirectory: string): Promise<void> {
  const [pending] = await new ErasureFolder(homegrownDirectory).pending();
  if (pending === undefined) return;
  throw new HomegrownError({
    code: 'data/erasure-unfinished',
    message: `the erasure that ${pending.by} asked for on ${pending.startedAt} is not finished, and until it is no data set is built`,
    hint: 'Give the same `homegrown data erase` again, or let a server of this project run (`homegrown serve`): it goes on with it by itself.',
  });
}

/** Asked later, says whether no erasure began or ended meanwhile and none is under way. */
export async function noErasureSince(homegrownDirectory: string): Promise<() => Promise<boolean>> {
  const folder = new ErasureFolder(homegrownDirectory);
  const { finished: before } = await folder.marks();
  return async () => {
    const { pending, finished } = await folder.marks();
    return pending.length === 0 && finished.length === before.length;
  };
}

/** Appends notes, durably before anything is done by them. */
export class ErasureNotes {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a', 0o600);
    // A line that a kill cut off must not swallow the next one.
    writeSync(this.#file, '\n');
  }

  write(notes: readonly ErasureNote[]): void {
    if (notes.length === 0) return;
    writeSync(this.#file, notes.map((note) => `${JSON.stringify(note)}\n`).join(''));
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
